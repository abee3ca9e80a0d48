import type { Test } from 'tap'
import type { Job } from '../../../documents/job.ts'
import type { JobContext, JobOutcome, JobQueue } from '../../../ports/job-queue.ts'

export interface OpenedQueue {
  queue: JobQueue
  /** Another connection to the same messages. */
  other: JobQueue
  visibilityMs: number
  maxReceives: number
  /** Lets time pass; consumers that are alive do what they do regularly. */
  pass(ms: number): Promise<void>
  /** Puts a body into the queue that this code would never send. */
  sendRaw(body: string): Promise<void>
}

export type OpenQueue = (t: Test) => Promise<OpenedQueue>

export interface Held {
  job: Job
  context: JobContext
  settle(outcome: JobOutcome): void
  break(error: Error): void
}

/** A handler whose messages the test settles one by one. */
export function createInbox() {
  const held: Held[] = []
  const all: Held[] = []
  return {
    held,
    handler: (job: Job, context: JobContext) =>
      new Promise<JobOutcome>((settle, reject) => {
        const message = { job, context, settle, break: reject }
        held.push(message)
        all.push(message)
      }),
    settleAll() {
      for (const message of all) message.settle({ done: true })
    },
  }
}

/** Consumes until the test ends; what is still held then is done. */
export function consume(t: Test, queue: JobQueue, concurrency = 1) {
  const inbox = createInbox()
  const stop = new AbortController()
  const ended = queue.consume(inbox.handler, { concurrency, signal: stop.signal, graceMs: 0 })
  t.teardown(async () => {
    stop.abort()
    inbox.settleAll()
    await ended
  })
  return { held: inbox.held }
}

/** Lets time pass in small steps until something has happened. */
export async function until(opened: OpenedQueue, happened: () => boolean, what: string): Promise<void> {
  for (let step = 0; step < 1000; step++) {
    if (happened()) return
    await opened.pass(20)
  }
  throw new Error(`this did not happen: ${what}`)
}

/** The next message that a consumer holds. */
export async function take(opened: OpenedQueue, held: Held[]): Promise<Held> {
  await until(opened, () => held.length > 0, 'a message is handed out')
  const message = held.shift()
  if (!message) throw new Error('there is no message')
  return message
}

export const reconcile = (path: string, tenant = 'acme'): Job => ({ kind: 'reconcile', tenant, path })
export const pathOf = ({ job }: Held) => (job.kind === 'reconcile' ? `${job.tenant}:${job.path}` : job.kind)
