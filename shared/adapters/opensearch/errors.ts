import { errors } from '@opensearch-project/opensearch'
import { isKassError, KassError } from '../../errors.ts'

/** What callers are told to wait when OpenSearch names no time itself. */
const retryAfterMs = 1_000

/** Thrown when a call's time is up, whatever it was waiting for. */
export class DeadlinePassed extends Error {}

/** Whether trying at once again may help: nobody answered, or somebody said that they had no time. */
export function mayPassSoon(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return [429, 502, 503].includes(error.statusCode)
  return error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError
}

/** How long an answer asks callers to wait, in milliseconds; undefined when it does not. */
export function askedToWait(error: unknown): number | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined
  const seconds = Number(error.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}

/**
 * The coded error for whatever a call threw. `search_*` says that OpenSearch is in trouble; `internal` that it
 * understood the request and refused it, which is our mistake.
 */
export function searchError(error: unknown): KassError {
  if (isKassError(error)) return error
  const options = { retryAfterMs: askedToWait(error) ?? retryAfterMs, cause: error }
  if (error instanceof DeadlinePassed || error instanceof errors.TimeoutError) {
    return new KassError('search_timeout', options)
  }
  if (!(error instanceof errors.ResponseError)) return new KassError('search_unavailable', options)
  const status = error.statusCode
  if (status === 429) return new KassError('search_throttled', options)
  if (status === 408 || status === 504) return new KassError('search_timeout', options)
  if (status >= 500 || status === 401 || status === 403) return new KassError('search_unavailable', options)
  return new KassError('internal', { cause: error, detail: `The search index refused a request (${status}).` })
}

/** Whether an error says that OpenSearch is in trouble, so that it should be left alone when it happens often. */
export function isTrouble(error: unknown): boolean {
  return isKassError(error) && error.code.startsWith('search_')
}

/** What callers get while OpenSearch is left alone, or when too many are waiting already. */
export function searchRefusal(why: 'open' | 'full', waitMs: number): KassError {
  return new KassError(why === 'open' ? 'search_unavailable' : 'search_throttled', { retryAfterMs: waitMs })
}

/** The answer is not what OpenSearch says: somebody else answered, or it was cut. */
export function unreadable(what: string): KassError {
  return new KassError('search_unavailable', { retryAfterMs, cause: new Error(`the answer has no ${what}`) })
}
