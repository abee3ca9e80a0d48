import { channel } from 'node:diagnostics_channel'
import {
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  wrap,
} from 'cockatiel'
import type { KassError } from '../errors.ts'

export interface GuardOptions {
  /** Whose it is, for telemetry. */
  upstream: string
  /** Calls under way at once; `queue` more may wait. */
  concurrency: number
  queue: number
  /** After so many failures in a row calls fail at once, until one that is let through after `openMs` succeeds. */
  failures: number
  openMs: number
  /** Whether an error says that the upstream is in trouble; all others leave the breaker alone. */
  isTrouble(error: unknown): boolean
  /** What callers get while the breaker is open (`retryAfterMs`: until it tries again), and when the queue is full. */
  refusal(why: 'open' | 'full', retryAfterMs: number): KassError
}

export type GuardState = 'closed' | 'open' | 'half-open'

export interface Held<T> {
  value: T
  /** Must be called once. */
  release(error?: unknown): void
}

/** Bounds what one upstream can cost the process: a bulkhead around a circuit breaker around each call. */
export interface Guard {
  /** Retries belong inside `call`: what is counted is its outcome. */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * For streams: the place is kept until `release`, whose error, when it has one, is the outcome. While the upstream is
   * on probation the outcome of `open` decides, so that others need not wait for the end of one stream.
   */
  hold<T>(open: () => Promise<T>, signal: AbortSignal): Promise<Held<T>>
  state(): GuardState
}

/** What every breaker publishes when it is made and when it changes, for telemetry. */
const breakers = channel('kass:breaker')

/** A guard for one upstream; it holds nothing that must be given back. */
export function createGuard(options: GuardOptions): Guard {
  const breaker = circuitBreaker(handleWhen(options.isTrouble), {
    halfOpenAfter: options.openMs,
    breaker: new ConsecutiveBreaker(options.failures),
  })
  const stateOf = (state: CircuitState): GuardState => {
    if (state === CircuitState.Open) return 'open'
    return state === CircuitState.HalfOpen ? 'half-open' : 'closed'
  }
  const tell = (state: CircuitState) => {
    if (breakers.hasSubscribers) breakers.publish({ upstream: options.upstream, state: stateOf(state) })
  }
  breaker.onStateChange(tell)
  tell(breaker.state)
  const places = bulkhead(options.concurrency, options.queue)
  const both = wrap(places, breaker)
  const translated = (error: unknown): unknown => {
    if (isBrokenCircuitError(error)) return options.refusal('open', options.openMs)
    return error instanceof BulkheadRejectedError ? options.refusal('full', 1000) : error
  }
  return {
    async run(call, signal) {
      try {
        return await both.execute(call, signal)
      } catch (error) {
        throw translated(error)
      }
    },
    hold(open, signal) {
      return new Promise((resolve, reject) => {
        // A place in the queue is left at once (the queue itself would notice only at its turn); `open` ends by itself.
        const abandon = () => reject(signal.reason)
        signal.addEventListener('abort', abandon, { once: true })
        const call = async (): Promise<void> => {
          signal.throwIfAborted()
          signal.removeEventListener('abort', abandon)
          const settled = breaker.state === CircuitState.Closed
          const value = await open()
          const ended = Promise.withResolvers<void>()
          resolve({
            value,
            release: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
          })
          if (settled) await ended.promise
          else held = ended.promise
        }
        let held: Promise<void> | undefined
        const placed = async (): Promise<void> => {
          await breaker.execute(call, signal)
          await held
        }
        places
          .execute(placed, signal)
          .catch((error: unknown) => reject(translated(error)))
          .finally(() => signal.removeEventListener('abort', abandon))
      })
    },
    state: () => stateOf(breaker.state),
  }
}
