/** What goes wrong with one request, or all. */
export interface Fault {
  /** Refuse with this status instead of answering; `retryAfter` is sent as it is given. */
  status?: number
  message?: string
  retryAfter?: string
  /** Wait for this before the first byte. */
  holdUntil?: Promise<unknown>
  /** Before the first byte, in milliseconds. */
  delayMs?: number
  /** After so many chunks: say no more, and keep the connection open. */
  stallAfter?: number
  /** After so many chunks: say no more until `goOn` resolves. */
  pauseAfter?: number
  goOn?: Promise<unknown>
  /** After so many chunks: close the connection. */
  cutAfter?: number
  /** After so many chunks: end the response as if all was well, without finish reason and `[DONE]`. */
  endAfter?: number
  /** After so many chunks: send an event that is not JSON. */
  malformedAfter?: number
  /** Refuse requests that name this field, like servers that don't know it. */
  refuseField?: string
  /** Leave out the usage, as older servers do. */
  withoutUsage?: boolean
  finishReason?: string
  /** Dimensions of the vectors, whatever was asked for. */
  dimensions?: number
  /** What to say, instead of an answer made from the sources. */
  reply?: string
}

export interface Counters {
  chat: number
  embeddings: number
  models: number
  /** Texts embedded. */
  texts: number
  /** Embeddings requests under way at once, at most. */
  embeddingsAtOnce: number
  /** Responses that were sent to their end. */
  finished: number
  /** Responses whose client went away before the end. */
  aborted: number
  /** Chunks of chat answers that were written. */
  chunks: number
  /** Connections that were opened. */
  connections: number
}

export interface Control {
  /** The next request takes it; several are taken in their order. */
  next(fault: Fault): void
  /** Every request that has none of its own takes it; undefined ends that. */
  always(fault: Fault | undefined): void
  take(): Fault
}

/** Faults in waiting. */
export function createControl(): Control {
  const waiting: Fault[] = []
  let standing: Fault = {}
  return {
    next: (fault) => void waiting.push(fault),
    always(fault) {
      standing = fault ?? {}
    },
    take: () => waiting.shift() ?? standing,
  }
}

export interface Counting {
  readonly counters: Readonly<Counters>
  add(name: keyof Counters, by?: number): void
  atMost(name: keyof Counters, value: number): void
  /** Resolves as soon as the counters are as wanted. */
  until(wanted: (counters: Readonly<Counters>) => boolean): Promise<void>
}

/** Counters that can be waited for, so that no test has to sleep. */
export function createCounting(): Counting {
  const counters: Counters = {
    chat: 0,
    embeddings: 0,
    models: 0,
    texts: 0,
    embeddingsAtOnce: 0,
    finished: 0,
    aborted: 0,
    chunks: 0,
    connections: 0,
  }
  const waiting = new Set<() => void>()
  const tell = () => {
    for (const look of waiting) look()
  }
  return {
    counters,
    add(name, by = 1) {
      counters[name] += by
      tell()
    },
    atMost(name, value) {
      counters[name] = Math.max(counters[name], value)
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
  }
}
