import { type ErrorCode, isKassError, KassError } from '../../errors.ts'
import { field, parseRetryAfter } from '../wire-values.ts'

/** By the names of exceptions, as a status or in the middle of a stream. */
const byName: Readonly<Record<string, ErrorCode>> = {
  ThrottlingException: 'model_throttled',
  TooManyRequestsException: 'model_throttled',
  ServiceQuotaExceededException: 'model_throttled',
  ModelNotReadyException: 'model_unavailable',
  ServiceUnavailableException: 'model_unavailable',
  InternalServerException: 'model_unavailable',
  ModelTimeoutException: 'model_timeout',
  ModelErrorException: 'model_failed',
  ModelStreamErrorException: 'model_failed',
}
/** The SDK calls some of these a TimeoutError, though nobody was waited for. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
])
/** Quotas are counted by the minute: where the service doesn't say, so much later there is some again. */
const throttleHintMs = 5_000
const notReadyHintMs = 10_000

/**
 * The coded error for what a call ended with; undefined for an abort, and for what no service said (a bug of ours).
 * @param begun the answer had begun: what breaks from then on is its failure, not that nobody was reached
 */
export function modelError(error: unknown, options: { begun?: boolean } = {}): KassError | undefined {
  if (isKassError(error)) return error.code.startsWith('model_') ? error : undefined
  if (!(error instanceof Error) || error.name === 'AbortError') return undefined
  const code = codeOf(error, options.begun === true)
  if (code === undefined) return undefined
  const retryAfterMs = delayOf(error, code)
  const said = code === 'model_refused' ? { detail: `Bedrock refused the request: ${reason(error)}` } : {}
  return new KassError(code, { cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }), ...said })
}

function codeOf(error: Error, begun: boolean): ErrorCode | undefined {
  // In the middle of a stream an exception may come under the name of its event.
  const known = byName[error.name.charAt(0).toUpperCase() + error.name.slice(1)]
  if (known !== undefined) return known
  const status = field(field(error, '$metadata'), 'httpStatusCode')
  const errno = field(error, 'code')
  if (typeof errno === 'string' && unreachable.has(errno)) return begun ? 'model_failed' : 'model_unavailable'
  if (error.name === 'TimeoutError' || status === 408) return 'model_timeout'
  if (status === 429) return 'model_throttled'
  if (typeof status === 'number' && status >= 500) return 'model_unavailable'
  // An exception of the service is about the request; anything else about a good status is that it could not be read.
  if (field(error, '$fault') === 'client') return 'model_refused'
  if (begun || (typeof status === 'number' && status < 300)) return 'model_failed'
  if (error.name === 'CredentialsProviderError') return 'model_refused'
  return typeof status === 'number' ? 'model_refused' : undefined
}

function delayOf(error: Error, code: ErrorCode): number | undefined {
  const headers = field(field(error, '$response'), 'headers')
  const header = field(headers, 'retry-after')
  const told = typeof header === 'string' ? parseRetryAfter(header, Date.now()) : undefined
  if (told !== undefined) return told
  if (error.name === 'ModelNotReadyException') return notReadyHintMs
  return code === 'model_throttled' ? throttleHintMs : undefined
}

/** What the service says, on one short line, without the account, the role or the resource that it names. */
function reason(error: Error): string {
  const line = error.message
    .replace(/\s+/g, ' ')
    .replace(/arn:aws[^\s"',]*/g, '…')
    .replace(/\b\d{12}\b/g, '…')
    .trim()
  if (line === '') return error.name
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** What counts against a model: its throttles don't, they say that it is well, and when to come again. */
export function isModelTrouble(error: unknown): boolean {
  const code = modelError(error)?.code
  return code === 'model_unavailable' || code === 'model_timeout' || code === 'model_failed'
}

/** What callers get while a model is left alone. */
export function modelRefusal(why: 'open' | 'full', retryAfterMs: number): KassError {
  return new KassError(why === 'open' ? 'model_unavailable' : 'model_throttled', { retryAfterMs })
}
