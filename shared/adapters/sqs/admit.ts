import { type Delivery, letterFor, type Received, untouched } from './letters.ts'
import type { Exchange } from './mailbox.ts'
import { readBody } from './read-body.ts'

/** Clocks of two machines differ by less than this. */
const skewMs = 1000

export type Admission = { delivery: Delivery } | { exchange: Exchange }

/**
 * What becomes of a message that was received: it is handed out when it says one job, which is due and was not lost
 * too often. Otherwise others take its place: a message for each of its jobs, a delayed copy, a dead letter, or none.
 */
export function admit(message: Received, maxReceives: number, now: number): Admission {
  const { receipt, body } = message
  const { jobs, refused } = readBody(body)
  const [job] = jobs
  if (refused.length > 0) return { exchange: { receipt, copies: split(), dead: { body, reason: refused.join('; ') } } }
  if (!job || jobs.length > 1) return { exchange: { receipt, copies: split() } }
  const waitMs = message.dueAt - now
  if (waitMs > skewMs) return { exchange: { receipt, copies: [letterFor(job, waitMs, untouched(message))] } }
  const lost = message.lost - 1
  if (lost >= maxReceives) return { exchange: { receipt, copies: [], dead: { body, reason: reasonOf(lost) } } }
  return { delivery: { ...message, job, tenant: job.kind === 'reconcile' ? job.tenant : '' } }

  function split() {
    return jobs.map((each) => letterFor(each, 0, { receives: 0, lost: 0, dueAt: message.dueAt }))
  }
}

/** Why a message that could be read is a dead letter. */
export function reasonOf(lost: number, error?: unknown): string {
  const note = error === undefined ? '' : `; the last error: ${String(error).slice(0, 500)}`
  return `${lost} deliveries ended without an outcome${note}`
}
