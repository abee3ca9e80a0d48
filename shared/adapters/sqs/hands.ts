import type { Job } from '../../documents/job.ts'
import type { JobQueue } from '../../ports/job-queue.ts'
import { reasonOf } from './admit.ts'
import { type Delivery, handled, letterFor } from './letters.ts'
import type { Mailbox } from './mailbox.ts'
import type { Pace } from './pace.ts'

export type Handler = Parameters<JobQueue['consume']>[0]

export interface HandsOptions {
  mailbox: Mailbox
  pace: Pace
  visibilitySeconds: number
  maxReceives: number
  clock: () => number
  handler: Handler
  /** Told when a place is free again. */
  onFree(): void
  onError(error: unknown, job?: Job): void
}

/** The messages in hand: runs their handlers and does with each message what its handler says. */
export function createHands(options: HandsOptions) {
  const { mailbox, pace, visibilitySeconds, maxReceives, clock, handler, onFree, onError } = options
  const stop = new AbortController()
  const running = new Map<Delivery, Promise<void>>()
  const handling = new Set<Delivery>()
  const perTenant = new Map<string, number>()

  async function handle(delivery: Delivery): Promise<() => Promise<void>> {
    const { receipt, job } = delivery
    const copy = (delayMs: number) => {
      const trail = { ...handled(delivery), dueAt: delayMs > 0 ? clock() + delayMs : delivery.dueAt }
      return () => mailbox.exchange([{ receipt, copies: [letterFor(job, delayMs, trail)] }])
    }
    pace.began(delivery)
    try {
      const outcome = await handler(job, { receives: delivery.receives, signal: stop.signal })
      return 'done' in outcome ? () => mailbox.ack(delivery) : copy(outcome.retryMs)
    } catch (error) {
      // Broken off by us: the message is handed back as it was.
      if (stop.signal.aborted) return copy(0)
      onError(error, job)
      const dead = { body: delivery.body, reason: reasonOf(delivery.lost, error) }
      if (delivery.lost >= maxReceives) return () => mailbox.exchange([{ receipt, copies: [], dead }])
      return () => mailbox.hide(delivery, Math.min(visibilitySeconds, 2 ** (delivery.lost - 1)))
    } finally {
      pace.ended(delivery)
    }
  }

  async function run(delivery: Delivery): Promise<void> {
    try {
      const settle = await handle(delivery)
      handling.delete(delivery)
      await settle()
    } catch (error) {
      // It could not be settled, so it comes back when its time is over.
      onError(error, delivery.job)
    }
  }

  function count(tenant: string, change: number): void {
    const now = (perTenant.get(tenant) ?? 0) + change
    if (now === 0) perTenant.delete(tenant)
    else perTenant.set(tenant, now)
  }

  return {
    get size() {
      return running.size
    },
    perTenant,
    start(delivery: Delivery): void {
      count(delivery.tenant, 1)
      handling.add(delivery)
      const done = run(delivery).finally(() => {
        running.delete(delivery)
        count(delivery.tenant, -1)
        onFree()
      })
      running.set(delivery, done)
    },
    /** Whose handlers are still at work. */
    handling,
    abort: () => stop.abort(),
    async settled(): Promise<void> {
      await Promise.all(running.values())
    },
  }
}
