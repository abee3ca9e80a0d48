import type { Job } from '../documents/job.ts'

export interface JobContext {
  /** How often this message has been handed out, this time included. */
  receives: number
  /** Fires when the consumer must stop now. */
  signal: AbortSignal
}

export type JobOutcome = { done: true } | { retryMs: number }

/**
 * At least once. A message is invisible for as long as its handler runs; after `maxReceives` deliveries that ended
 * without an outcome it goes to the dead letters. Tenants take turns: one tenant's backlog does not stop another's job.
 */
export interface JobQueue {
  send(job: Job, options?: { delayMs?: number }): Promise<void>
  /** Hands out up to `concurrency` messages at once until `signal` fires; resolves when those are settled. */
  consume(
    handler: (job: Job, context: JobContext) => Promise<JobOutcome>,
    options: { concurrency: number; signal: AbortSignal; graceMs?: number },
  ): Promise<void>
  depth(): Promise<{ visible: number; delayed: number; held: number; dead: number; oldestAgeMs: number }>
  deadLetters(limit: number): Promise<{ body: string; reason: string; at: number }[]>
}
