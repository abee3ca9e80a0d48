import { isKassError, KassError } from '../../errors.ts'

const throttles = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'LimitExceededException',
])
const silences = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException'])
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
])

/** Which kind of trouble an SDK error tells of; undefined when the request itself is to blame. */
export function troubleOf(error: unknown): 'throttled' | 'timeout' | 'unavailable' | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'AbortError') return undefined
  const status = statusOf(error)
  if (throttles.has(error.name) || status === 429) return 'throttled'
  const code: unknown = Reflect.get(error, 'code')
  // Before the name: the SDK calls a connection that was reset a TimeoutError, too.
  if (typeof code === 'string' && unreachable.has(code)) return 'unavailable'
  if (silences.has(error.name) || status === 408) return 'timeout'
  if (status !== undefined && status >= 500) return 'unavailable'
  // An error about an answer that says it is a good one: it could not be read, or was cut in the middle.
  return status !== undefined && status < 300 ? 'unavailable' : undefined
}

function statusOf(error: object): number | undefined {
  const metadata: unknown = Reflect.get(error, '$metadata')
  const status = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined
  return typeof status === 'number' ? status : undefined
}

/** The coded error for a storage service in trouble; undefined when the request itself is to blame. */
export function storageError(error: unknown): KassError | undefined {
  if (isKassError(error)) return error.code.startsWith('storage_') ? error : undefined
  const trouble = troubleOf(error)
  return trouble && new KassError(`storage_${trouble}`, { cause: error })
}

/** What callers get while a storage service is left alone. */
export function storageRefusal(why: 'open' | 'full', retryAfterMs: number): KassError {
  return new KassError(why === 'open' ? 'storage_unavailable' : 'storage_throttled', { retryAfterMs })
}
