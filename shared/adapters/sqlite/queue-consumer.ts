import type { JobQueue } from '../../ports/job-queue.ts'
import type { Delivery, JobTable } from './job-table.ts'

type Consume = JobQueue['consume']
type Handler = Parameters<Consume>[0]

/** How often a look is taken at whether another process wrote anything: costs microseconds. */
const pollMs = 25
/** After so many polls the table itself is looked at, should everything else have been missed. */
const pollsToLook = 40

export interface ConsumerParts {
  table: JobTable
  visibilityMs: number
  clock: () => number
  /** Whether another connection has written since the last call. */
  changed(): boolean
  /** Calls back when this process has sent a message; gives the way to stop that. */
  onSend(listener: () => void): () => void
  onError(error: unknown, delivery?: Delivery): void
}

/** A wait that anybody can end; a ring that nobody waits for is remembered. */
function createBell() {
  let rung = false
  let resolve: (() => void) | undefined
  return {
    ring(): void {
      rung = true
      resolve?.()
    },
    async wait(): Promise<void> {
      if (!rung) await new Promise<void>((done) => (resolve = done))
      resolve = undefined
      rung = false
    },
  }
}

/** The loop behind `JobQueue.consume`: takes messages while there is room, keeps them alive, settles them, drains. */
export async function consumeJobs(
  parts: ConsumerParts,
  handler: Handler,
  options: Parameters<Consume>[1],
): Promise<void> {
  const { table, onError } = parts
  const { concurrency, signal, graceMs = 10_000 } = options
  const stop = new AbortController()
  const running = new Map<Delivery, Promise<void>>()
  const bell = createBell()
  let due = Number.POSITIVE_INFINITY
  let polls = 0

  /** A database that is full or busy must not end the consumer: the message comes back by itself. */
  function attempt<T>(work: () => T, fallback: T, delivery?: Delivery): T {
    try {
      return work()
    } catch (error) {
      onError(error, delivery)
      return fallback
    }
  }

  function take(room: number): Delivery[] {
    polls = 0
    const { waiting, next } = table.look()
    due = next ?? Number.POSITIVE_INFINITY
    if (!waiting) return []
    const taken = table.receive(room)
    // What could not be handed out was buried, some at a time: go on with the rest after everybody else had a turn.
    if (taken.length < room && table.look().waiting) setImmediate(bell.ring)
    return taken
  }

  async function handle(delivery: Delivery): Promise<void> {
    try {
      const outcome = await handler(delivery.job, { receives: delivery.receives, signal: stop.signal })
      const settle = 'done' in outcome ? () => table.ack(delivery) : () => table.retry(delivery, outcome.retryMs)
      attempt(settle, undefined, delivery)
    } catch (error) {
      // Broken off by us: the message is handed back as it was.
      if (stop.signal.aborted) return attempt(() => table.retry(delivery, 0), undefined, delivery)
      onError(error, delivery)
      attempt(() => table.fail(delivery, String(error).slice(0, 500)), undefined, delivery)
    }
  }

  function start(delivery: Delivery): void {
    const handled = handle(delivery).finally(() => {
      running.delete(delivery)
      bell.ring()
    })
    running.set(delivery, handled)
  }

  const heartbeat = setInterval(() => {
    for (const delivery of running.keys()) attempt(() => table.keep(delivery), undefined, delivery)
  }, parts.visibilityMs / 3)
  const poll = setInterval(() => {
    if (running.size >= concurrency) return
    const late = parts.clock() >= due || ++polls >= pollsToLook
    if (attempt(parts.changed, false) || late) bell.ring()
  }, pollMs)
  const forget = parts.onSend(bell.ring)
  signal.addEventListener('abort', bell.ring)
  try {
    while (!signal.aborted) {
      const room = concurrency - running.size
      const taken = room > 0 ? attempt(() => take(room), []) : []
      for (const delivery of taken) start(delivery)
      if (taken.length === 0 || running.size >= concurrency) await bell.wait()
    }
    const grace = setTimeout(() => stop.abort(), graceMs)
    await Promise.all(running.values())
    clearTimeout(grace)
  } finally {
    clearInterval(heartbeat)
    clearInterval(poll)
    forget()
    signal.removeEventListener('abort', bell.ring)
  }
}
