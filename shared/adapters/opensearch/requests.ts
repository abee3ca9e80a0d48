import { channel } from 'node:diagnostics_channel'
import { setTimeout as pause } from 'node:timers/promises'
import type { AwsCall } from '../aws/client.ts'
import { createGuard } from '../upstream-guard.ts'
import { isObject, type JsonObject } from './answers.ts'
import { connect } from './connection.ts'
import { orAborted, within } from './deadline.ts'
import { askedToWait, isTrouble, mayPassSoon, searchError, searchRefusal, unreadable } from './errors.ts'
import type { OpenSearchOptions } from './options.ts'

export interface SearchCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: JsonObject
  /** Lines of JSON, each with its newline, instead of a body. */
  lines?: string
  query?: Record<string, string>
  /** Statuses beyond 2xx that are answers to the caller, not errors. */
  accept?: readonly number[]
  signal?: AbortSignal | undefined
  /** Does not wait for a collection that is waking up. */
  hasty?: boolean
}

export interface Answer {
  status: number
  body: JsonObject
}

export interface Requests {
  /**
   * One call, tried again within its time while trying may help.
   * @throws KassError search_* (in trouble), internal (refused); the signal's reason
   */
  send(call: SearchCall): Promise<Answer>
  close(): Promise<void>
}

const calls = channel('kass:aws-call')
const firstPauseMs = 50
/** A collection that was silent for so long may have been scaled to zero. */
const mayFallAsleepMs = 5 * 60_000

/** Calls to one OpenSearch: signed, with a deadline, guarded, published. */
export function createRequests(options: OpenSearchOptions): Requests {
  const { dialect, timeoutMs } = options
  const client = connect(options)
  const guard = createGuard({
    upstream: 'opensearch',
    concurrency: options.concurrency,
    queue: options.queue,
    failures: options.breakerFailures,
    openMs: options.breakerOpenMs,
    isTrouble,
    refusal: searchRefusal,
  })
  // The two halves of a collection, the one that indexes and the one that searches, wake by themselves.
  const answeredAt = { writes: Number.NEGATIVE_INFINITY, searches: Number.NEGATIVE_INFINITY }
  const halfOf = ({ method, path }: SearchCall) => (method === 'PUT' || path.endsWith('/_bulk') ? 'writes' : 'searches')

  function deadlineOf(call: SearchCall): number {
    if (dialect === 'domain' || call.hasty) return timeoutMs
    const awake = performance.now() - answeredAt[halfOf(call)] < mayFallAsleepMs
    return awake ? timeoutMs : Math.max(timeoutMs, options.coldTimeoutMs)
  }

  async function once(call: SearchCall, ms: number): Promise<Answer> {
    const { method, path, body, lines, query = {}, accept = [], signal } = call
    signal?.throwIfAborted()
    const request = client.transport.request(
      { method, path, querystring: query, ...(body && { body }), ...(lines !== undefined && { bulkBody: lines }) },
      { requestTimeout: ms, ignore: [...accept] },
    )
    const answer = await within(request, ms, signal)
    answeredAt[halfOf(call)] = performance.now()
    const found: unknown = answer.body
    if (!isObject(found)) throw unreadable('body')
    return { status: answer.statusCode ?? 0, body: found }
  }

  async function withRetries(call: SearchCall, count: () => void): Promise<Answer> {
    const until = performance.now() + deadlineOf(call)
    for (let tries = 1; ; tries++) {
      count()
      try {
        return await once(call, until - performance.now())
      } catch (error) {
        if (call.signal?.aborted) throw call.signal.reason
        const waitMs = Math.max(askedToWait(error) ?? 0, firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random()))
        const late = performance.now() + waitMs >= until
        if (tries >= options.maxAttempts || late || !mayPassSoon(error)) throw searchError(error)
        await pause(waitMs, undefined, { signal: call.signal }).catch(() => undefined)
      }
    }
  }

  function tell(call: SearchCall, begun: number, attempts: number, error?: unknown): void {
    if (!calls.hasSubscribers) return
    const serverless = dialect === 'serverless'
    const { method, path } = call
    const about: AwsCall = {
      service: serverless ? 'aoss' : 'es',
      action: serverless ? 'APIAccessAll' : `ESHttp${method[0]}${method.slice(1).toLowerCase()}`,
      input: { method, path },
      attempts,
      latencyMs: performance.now() - begun,
    }
    calls.publish(error === undefined ? about : { ...about, error })
  }

  return {
    async send(call) {
      call.signal?.throwIfAborted()
      const begun = performance.now()
      let attempts = 0
      try {
        const answer = await orAborted(
          guard.run(() => withRetries(call, () => void attempts++)),
          call.signal,
        )
        tell(call, begun, attempts)
        return answer
      } catch (error) {
        tell(call, begun, attempts, error)
        throw error
      }
    },
    close: () => client.close(),
  }
}
