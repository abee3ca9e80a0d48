import { basename } from 'node:path/posix'
import multipart from '@fastify/multipart'
import { fromJson, listFromForm, parseAttributes, sameAttributes } from '../../shared/documents/attributes.ts'
import { sniff } from '../../shared/documents/content-type.ts'
import type { Attributes, DocumentRecord } from '../../shared/documents/document.ts'
import { canonicalPath } from '../../shared/documents/identity.ts'
import { isDeleted } from '../../shared/documents/transitions.ts'
import { KassError } from '../../shared/errors.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { createPlaces } from '../plugins/limits.ts'
import type { Principal } from '../principal.ts'
import { UploadBody, UploadReceipt } from '../schemas/document.ts'
import { maySee, requireAssignable } from './document-access.ts'
import { type FieldName, readUpload, type UploadForm } from './upload-form.ts'

/** Uploads that are received at once; the others are told to come back. */
const maxUploads = 64
/** Of these, for one key: who sends slowly, or very much, must not keep all others out. */
const maxUploadsOfKey = 32
/** What a form may have around its file. */
const formBytes = 256 * 1024

/** A field that may be there once; an empty one counts as left out. */
function single(fields: UploadForm['fields'], name: FieldName): string | undefined {
  const values = fields.get(name) ?? []
  if (values.length > 1)
    throw new KassError('invalid_request', { detail: `The field "${name}" is there twice.`, place: name })
  return values[0] === '' ? undefined : values[0]
}

function saidIn(fields: UploadForm['fields']): Partial<Attributes> {
  const list = (name: 'groups' | 'tags') => {
    const texts = fields.get(name)
    return texts && listFromForm(texts, name)
  }
  const metadata = single(fields, 'metadata')
  return parseAttributes({
    title: single(fields, 'title'),
    groups: list('groups'),
    tags: list('tags'),
    metadata: metadata === undefined ? undefined : fromJson(metadata, 'metadata'),
  })
}

function isUnchanged(record: DocumentRecord, form: UploadForm, said: Partial<Attributes>): boolean {
  return record.status !== 'failed' && record.sha256 === form.staged.sha256 && sameAttributes(said, record)
}

function receiptOf({ id, path, version, status }: DocumentRecord, unchanged: boolean): UploadReceipt {
  return { id, path, version, status, unchanged }
}

/** Makes a form's file the newest version of its document, unless it is that already. */
async function accept(ports: Ports, caller: Principal, form: UploadForm): Promise<UploadReceipt> {
  const { staged, fields } = form
  const path = canonicalPath(single(fields, 'path') ?? form.fileName)
  const said = saidIn(fields)
  if (staged.size === 0) throw new KassError('empty_file', { place: 'file' })
  const contentType = sniff(staged.prefix, basename(path))
  if (contentType === undefined) throw new KassError('unsupported_media_type', { place: 'file' })

  const ref = { tenant: caller.tenant, path }
  const known = await ports.documents.get(ref)
  const there = known && !isDeleted(known) ? known : undefined
  if (there && !maySee(caller, there)) {
    throw new KassError('forbidden', {
      detail: 'This path belongs to a document that the key may not see.',
      place: 'path',
    })
  }
  requireAssignable(caller, said.groups ?? [], there?.groups ?? [])
  // What the record has not seen yet (its upload died half-way) is what these bytes are to replace.
  const newest = await ports.objects.head(ref)
  if (there && newest?.revision === there.revision && isUnchanged(there, form, said)) return receiptOf(there, true)
  // A new life of a deleted document inherits nothing of the one before.
  const fresh = { title: basename(path), groups: [], tags: [], metadata: {} }
  const attributes = known && !there ? { ...fresh, ...said } : said
  const head = await staged.commit(ref, { contentType, attributes })
  return receiptOf(await ports.documents.observe(head), false)
}

/** POST /documents. The form is its own world: nothing but multipart is read here. */
export async function addUploadRoute(app: App, { config, ports }: Deps): Promise<void> {
  const places = createPlaces(maxUploads, 'Too many documents are being received at once.', maxUploadsOfKey)
  const maxBytes = config.MAX_UPLOAD_BYTES
  await app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers()
    await scope.register(multipart)
    scope.post(
      '/documents',
      {
        config: { access: 'documents:write' },
        // Only documents the form: it is read part by part, not validated as a whole.
        validatorCompiler: () => () => true,
        schema: {
          tags: ['documents'],
          summary: 'Upload a document',
          description: `A file of at most ${maxBytes} bytes, with fields in any order. \`groups\` and \`tags\` may be repeated, a JSON array, or entries with commas between them; \`metadata\` is a JSON object. Uploading to a path again makes a new version. Needs the scope \`documents:write\`.`,
          consumes: ['multipart/form-data'],
          body: UploadBody,
          response: {
            200: { ...UploadReceipt, description: 'Bytes and attributes are there already; nothing is done.' },
            202: { ...UploadReceipt, description: 'Accepted; `GET /documents/{id}` tells how far it is.' },
          },
          problems: {
            body: true,
            codes: ['invalid_path', 'invalid_metadata', 'empty_file', 'missing_file', 'conflict', 'shutting_down'],
          },
        },
      },
      async (request, reply) => {
        const caller = callerOf(request)
        if (Number(request.headers['content-length'] ?? 0) > maxBytes + formBytes)
          throw new KassError('payload_too_large')
        const free = places.take(caller.keyId)
        try {
          const form = await readUpload(request, { objects: ports.objects, maxBytes })
          try {
            const receipt = await accept(ports, caller, form)
            reply.code(receipt.unchanged ? 200 : 202).header('location', `/documents/${receipt.id}`)
            return receipt
          } finally {
            await form.staged.discard()
          }
        } finally {
          free()
        }
      },
    )
  })
}
