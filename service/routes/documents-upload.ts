import { basename } from 'node:path/posix'
import multipart from '@fastify/multipart'
import { fromJson, listFromForm, parseAttributes } from '../../shared/documents/attributes.ts'
import { sniff } from '../../shared/documents/content-type.ts'
import type { Attributes, DocumentRecord } from '../../shared/documents/document.ts'
import { canonicalPath } from '../../shared/documents/identity.ts'
import { KassError } from '../../shared/errors.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import type { Principal } from '../principal.ts'
import { UploadBody, UploadReceipt } from '../schemas/document.ts'
import { type FieldName, readUpload, type UploadForm } from './upload-form.ts'
import { isUnchanged, uploadPlaces, uploadTarget } from './upload-target.ts'

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

  const { ref, known, attributes } = await uploadTarget(ports, caller, path, said)
  const same = await isUnchanged(ports, known, { sha256: staged.sha256, attributes: said })
  if (known && same) return receiptOf(known, true)
  const head = await staged.commit(ref, { contentType, attributes })
  return receiptOf(await ports.documents.observe(head), false)
}

/** POST /documents. The form is its own world: nothing but multipart is read here. */
export async function addUploadRoute(app: App, { config, ports }: Deps): Promise<void> {
  const places = uploadPlaces()
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
