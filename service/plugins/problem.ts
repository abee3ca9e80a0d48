import { type ErrorCode, KassError } from '../../shared/errors.ts'
import { isStorageFull } from '../../shared/storage-full.ts'
import type { Problem } from '../schemas/problem.ts'

/** What a client should wait when an error does not say so itself. */
const defaultRetryMs = 1_000

/** Codes for errors that only carry a status. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  // Of ours only a key is refused, with its own error; the files of Swagger UI refuse a way out of their folder.
  403: 'not_found',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  503: 'overloaded',
}

interface ValidationFault {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
}

interface FrameworkError extends Error {
  statusCode?: number
  validation?: readonly ValidationFault[]
  validationContext?: string
}

function isFrameworkError(error: unknown): error is FrameworkError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

/** `/filters/tags/0` and a name below it -> `filters.tags.0.name`. */
function fieldName(pointer: string, below: unknown): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return [...parts, ...(typeof below === 'string' ? [below] : [])].join('.').toWellFormed()
}

function validationError(error: FrameworkError, fault: ValidationFault): KassError {
  const where = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'request')
  const { additionalProperty, missingProperty } = fault.params
  const field = fieldName(fault.instancePath, additionalProperty ?? missingProperty)
  const place = field === '' ? undefined : field
  if (fault.keyword === 'additionalProperties') {
    return new KassError('unknown_field', { detail: `The ${where} has an unknown field "${field}".`, place })
  }
  if (fault.keyword === 'required') {
    return new KassError('invalid_request', { detail: `The ${where} lacks the field "${field}".`, place })
  }
  const says = fault.params.pattern === '\\S' ? 'must not be empty' : (fault.message ?? 'is not valid')
  const subject = place === undefined ? `The ${where}` : `The field "${field}"`
  return new KassError('invalid_request', { detail: `${subject} ${says}.`, place })
}

/** The coded error for what is no fault of the caller. */
export function ownFault(error: unknown): KassError {
  return new KassError(isStorageFull(error) ? 'storage_full' : 'internal', { cause: error })
}

/** The coded error for anything that was thrown; what is not known to be the caller's fault is `internal`. */
export function codedError(error: unknown): KassError {
  if (error instanceof KassError) return error
  if (!isFrameworkError(error)) return ownFault(error)
  const fault = error.validation?.[0]
  if (fault) return validationError(error, fault)
  const status = error.statusCode ?? 500
  if (status >= 500) return new KassError(byStatus[status] ?? 'internal', { cause: error })
  const code = byStatus[status] ?? 'invalid_request'
  return new KassError(code, code === 'invalid_request' ? { detail: error.message.toWellFormed(), cause: error } : {})
}

/** Seconds to wait before trying again; undefined when waiting is no remedy. */
export function retryAfterSeconds(error: KassError): number | undefined {
  if (error.status !== 429 && error.status !== 503 && error.retryAfterMs === undefined) return undefined
  return Math.max(1, Math.ceil((error.retryAfterMs ?? defaultRetryMs) / 1000))
}

/** An error as callers see it (RFC 9457). Faults of ours tell nothing but their title. */
export function toProblem(error: KassError, about: { requestId: string; traceId: string }): Problem {
  const retryAfter = retryAfterSeconds(error)
  const where = error.status === 422 || error.status === 409 ? 'place' : 'field'
  return {
    type: `urn:kass:error:${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.code === 'internal' ? error.title : error.message,
    ...(error.place === undefined ? {} : { [where]: error.place }),
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    request_id: about.requestId,
    trace_id: about.traceId,
  }
}
