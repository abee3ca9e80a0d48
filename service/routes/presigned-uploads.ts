import { basename } from 'node:path/posix'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { parseAttributes } from '../../shared/documents/attributes.ts'
import { sniff } from '../../shared/documents/content-type.ts'
import type { DocumentRecord } from '../../shared/documents/document.ts'
import { canonicalPath } from '../../shared/documents/identity.ts'
import { KassError } from '../../shared/errors.ts'
import { receiveAnnounced } from '../../shared/ports/announced.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { toTime } from '../schemas/common.ts'
import { PresignedUploadReceipt, UploadRequest } from '../schemas/document.ts'
import { isUnchanged, uploadPlaces, uploadTarget } from './upload-target.ts'

/** POST /documents/uploads, and where its addresses are those of this server, PUT /uploads/… */
export async function addPresignedUploadRoutes(app: App, deps: Deps): Promise<void> {
  addPresignRoute(app, deps)
  await app.register(async (scope: App) => addReceiveRoute(scope, deps))
}

function addPresignRoute(app: App, { config, ports }: Deps): void {
  const maxBytes = config.MAX_UPLOAD_BYTES
  app.post(
    '/documents/uploads',
    {
      config: { access: 'documents:write' },
      schema: {
        tags: ['documents'],
        summary: 'Get an address for an upload',
        description: `For files of at most ${maxBytes} bytes that are not to pass through here: send the bytes, and exactly the headers given, to \`url\` within 15 minutes. Only the bytes announced are taken. A new document is \`awaiting\` until then; one that is there stays as it is. The address is the right to upload: keep it like a key. Needs the scope \`documents:write\`.`,
        body: UploadRequest,
        response: { 200: PresignedUploadReceipt },
        problems: { body: true, codes: ['invalid_path', 'invalid_metadata', 'empty_file', 'conflict'] },
      },
    },
    async (request): Promise<PresignedUploadReceipt> => {
      const caller = callerOf(request)
      const { size, sha256, title, groups, tags, metadata } = request.body
      const path = canonicalPath(request.body.path)
      const said = parseAttributes({ title, groups, tags, metadata })
      if (size === 0) throw new KassError('empty_file', { place: 'size' })
      if (size > maxBytes)
        throw new KassError('payload_too_large', {
          detail: `A document may have ${maxBytes} bytes at most.`,
          place: 'size',
        })
      const { ref, attributes } = await uploadTarget(ports, caller, path, said)
      const isSaid = Object.keys(attributes).length > 0
      const upload = await ports.objects.presign(ref, { size, sha256, ...(isSaid && { attributes }) })
      const { id } = await ports.documents.expect(ref, { until: upload.expiresAt, attributes })
      const { method, headers, expiresAt } = upload
      const url = upload.url.startsWith('/') ? `${request.protocol}://${request.host}${upload.url}` : upload.url
      return { id, path, method, url, headers, expires_at: toTime(expiresAt) }
    },
  )
}

/**
 * Whoever deletes a document means the addresses for it too that are still about.
 * @throws KassError forbidden
 */
function refuseOutlived(known: DocumentRecord | undefined, issuedAt: number): void {
  const deletedAt = known?.tombstone?.receipt.deletedAt
  if (deletedAt === undefined || deletedAt <= issuedAt) return
  throw new KassError('forbidden', {
    detail: 'The document was deleted after this address was made: ask for a new address.',
  })
}

/** What was announced becomes the newest version of its document, unless it is that already. */
async function receive(ports: Ports, upload: Awaited<ReturnType<Ports['objects']['admit']>>, body: Readable) {
  const { ref, contentType, attributes } = upload
  const staged = await receiveAnnounced(ports.objects, upload, body)
  try {
    const known = await ports.documents.get(ref)
    refuseOutlived(known, upload.issuedAt)
    if (await isUnchanged(ports, known, upload)) return
    const type = contentType ?? sniff(staged.prefix, basename(ref.path)) ?? ''
    await ports.documents.observe(await staged.commit(ref, { contentType: type, attributes }))
  } finally {
    await staged.discard()
  }
}

function addReceiveRoute(app: App, { ports }: Deps): void {
  const places = uploadPlaces()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.put(
    '/uploads/:signature',
    {
      // The address itself proves the right to this one upload.
      config: { access: 'open' },
      schema: { hide: true, params: Type.Object({ signature: Type.String() }) },
    },
    async (request, reply) => {
      const { headers, url } = request
      const upload = await ports.objects.admit({ url, headers })
      const free = places.take(upload.ref.tenant)
      try {
        await receive(ports, upload, request.body instanceof Readable ? request.body : Readable.from([]))
      } catch (error) {
        if (error instanceof KassError || !request.raw.errored) throw error
        throw new KassError('invalid_request', { detail: 'The upload broke off.', cause: error })
      } finally {
        free()
      }
      return reply.code(200).send()
    },
  )
}
