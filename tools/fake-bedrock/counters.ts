import type { Operation } from './control.ts'

/** What happened since the last reset. */
export interface Counters {
  requests: number
  /** Answered to the end, with status 200. */
  answered: number
  /** Answered with an error. */
  refused: number
  /** The client went away before the end. */
  aborted: number
  /** Ended by a fault. */
  cut: number
  /** Requests that wait for a release now. */
  held: number
  /** Requests that are stalled now. */
  stalled: number
  inFlight: number
  maxInFlight: number
  /** Pieces of answers that were streamed. */
  pieces: number
  /** Texts embedded. */
  texts: number
  inputTokens: number
  outputTokens: number
  byOperation: Record<string, number>
  /** By model id, without the inference profile. */
  byModel: Record<string, number>
  byError: Record<string, number>
  /** Requests of an operation at once, at most. */
  atOnce: Record<string, number>
}

/** A request that came, without its signature. */
export interface Recorded {
  operation: Operation
  model: string
  /** As it was asked for. */
  modelId: string
  region: string | undefined
  /** The SDK's count of this call's tries, for example `attempt=2; max=3`. */
  attempt: string | undefined
  body: unknown
}

type Numbers = { [K in keyof Counters]: Counters[K] extends number ? K : never }[keyof Counters]
type Maps = Exclude<keyof Counters, Numbers>

export interface Counting {
  readonly counters: Readonly<Counters>
  add(name: Numbers, by?: number): void
  addTo(name: Maps, key: string, by?: number): void
  atMost(name: 'maxInFlight', value: number): void
  atMostOf(key: string, value: number): void
  /** Resolves as soon as the counters are as wanted. */
  until(wanted: (counters: Readonly<Counters>) => boolean): Promise<void>
  /** Begins anew, but for what is under way. */
  reset(): void
}

const none = (): Counters => ({
  requests: 0,
  answered: 0,
  refused: 0,
  aborted: 0,
  cut: 0,
  held: 0,
  stalled: 0,
  inFlight: 0,
  maxInFlight: 0,
  pieces: 0,
  texts: 0,
  inputTokens: 0,
  outputTokens: 0,
  byOperation: {},
  byModel: {},
  byError: {},
  atOnce: {},
})

/** Counters that can be waited for, so that no test has to sleep. */
export function createCounting(): Counting {
  const counters = none()
  const waiting = new Set<() => void>()
  const tell = () => {
    for (const look of [...waiting]) look()
  }
  return {
    counters,
    add(name, by = 1) {
      counters[name] += by
      tell()
    },
    addTo(name, key, by = 1) {
      counters[name][key] = (counters[name][key] ?? 0) + by
      tell()
    },
    atMost(name, value) {
      counters[name] = Math.max(counters[name], value)
      tell()
    },
    atMostOf(key, value) {
      counters.atOnce[key] = Math.max(counters.atOnce[key] ?? 0, value)
      tell()
    },
    until: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          if (!wanted(counters)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    reset() {
      const { held, stalled, inFlight } = counters
      Object.assign(counters, none(), { held, stalled, inFlight, maxInFlight: inFlight })
      tell()
    },
  }
}
