import type { Multipart, MultipartFile, MultipartValue } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { KassError } from '../../shared/errors.ts'
import type { ObjectStore, StagedObject } from '../../shared/ports/object-store.ts'
import { codedError, ownFault } from '../plugins/problem.ts'

const fieldNames = ['path', 'title', 'groups', 'tags', 'metadata'] as const
export type FieldName = (typeof fieldNames)[number]

/** A form that arrived whole. */
export interface UploadForm {
  staged: StagedObject
  fileName: string
  fields: Map<FieldName, string[]>
}

/** Bounds of the form around the file. */
const limits = { fields: 100, parts: 102, files: 2, fieldSize: 16_384, fieldNameSize: 100, headerPairs: 32 }

/** What went wrong while the form was read is the sender's fault; a broken store is not, and is coded already. */
function formError(error: unknown): KassError {
  if (error instanceof KassError) return error
  const coded = codedError(error)
  if (coded.status < 500) return coded
  const why = error instanceof Error ? error.message.toWellFormed() : 'it could not be read'
  return new KassError('invalid_request', { detail: `The multipart body is not valid: ${why}.`, cause: error })
}

function unknownField(name: string): never {
  const field = name.toWellFormed()
  throw new KassError('unknown_field', { detail: `The form has an unknown field "${field}".`, place: field })
}

/** A value as text; what came as JSON goes back to it, so that every field is read in one way. */
function fieldText(part: MultipartValue): string {
  if (part.valueTruncated) {
    const detail = `The field "${part.fieldname}" is longer than ${limits.fieldSize} bytes.`
    throw new KassError('invalid_request', { detail, place: part.fieldname })
  }
  return typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
}

async function stageFile(
  part: MultipartFile,
  rest: AsyncIterator<Multipart>,
  store: { objects: ObjectStore; maxBytes: number },
): Promise<StagedObject> {
  try {
    return await store.objects.stage(part.file, { maxBytes: store.maxBytes })
  } catch (error) {
    if (error instanceof KassError) throw error
    // A form that breaks off ends the file's stream with an error, which then ends the form too; parts that arrived
    // before that come first.
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if (next.value.type === 'file') next.value.file.resume()
    }
    throw ownFault(error)
  }
}

/**
 * Reads an upload: one file, handed on as a stream, and fields before or after it. Nothing stays behind when it fails.
 * @throws KassError payload_too_large, missing_file, unknown_field, invalid_request
 */
export async function readUpload(
  request: FastifyRequest,
  store: { objects: ObjectStore; maxBytes: number },
): Promise<UploadForm> {
  const parts = request.parts({ limits: { ...limits, fileSize: store.maxBytes + 1 } })
  const fields: UploadForm['fields'] = new Map()
  let staged: StagedObject | undefined
  let fileName = ''
  try {
    for (let next = await parts.next(); !next.done; next = await parts.next()) {
      const part = next.value
      if (part.type === 'file') {
        if (part.fieldname !== 'file') unknownField(part.fieldname)
        if (staged)
          throw new KassError('invalid_request', { detail: 'The form has more than one file.', place: 'file' })
        staged = await stageFile(part, parts, store)
        fileName = part.filename ?? ''
        continue
      }
      if (part.fieldname === 'file') {
        throw new KassError('missing_file', {
          detail: 'The field "file" has no file name, so it is no file.',
          place: 'file',
        })
      }
      const name = fieldNames.find((known) => known === part.fieldname) ?? unknownField(part.fieldname)
      fields.set(name, [...(fields.get(name) ?? []), fieldText(part)])
    }
    if (!staged) throw new KassError('missing_file', { place: 'file' })
    return { staged, fileName, fields }
  } catch (error) {
    request.raw.unpipe()
    await staged?.discard()
    throw formError(error)
  }
}
