import { type Job, parseJob, traced } from '../../documents/job.ts'
import type { Database } from './database.ts'
import { number, optionalNumber, optionalText, text } from './rows.ts'

/** Every statement of the queue; a test holds each to its indexes. */
export const jobStatements = {
  // A waiting copy that was never handed out makes a second one needless. A delayed copy does not: it says when to look.
  send: `INSERT INTO jobs (tenant, about, body, state, visible_at) SELECT ?1, ?2, ?3, 0, ?4
         WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE tenant = ?1 AND about = ?2 AND state = 0 AND lost = 0)`,
  // An earlier delayed copy does: whoever handles it leaves a new one if it is too early.
  delay: `INSERT INTO jobs (tenant, about, body, state, visible_at) SELECT ?1, ?2, ?3, 1, ?4
          WHERE NOT EXISTS (SELECT 1 FROM jobs
            WHERE tenant = ?1 AND about = ?2 AND state = 1 AND lost = 0 AND visible_at <= ?4)`,
  look: `SELECT EXISTS (SELECT 1 FROM lanes WHERE waiting > 0) AS waiting,
         (SELECT min(visible_at) FROM jobs WHERE state <> 0) AS next`,
  promote: `UPDATE jobs SET state = 0, receipt = NULL WHERE seq IN
            (SELECT seq FROM jobs WHERE state <> 0 AND visible_at <= ? ORDER BY visible_at LIMIT 200)`,
  lane: 'SELECT tenant FROM lanes WHERE waiting > 0 ORDER BY held, served LIMIT 1',
  job: `SELECT seq, body, receives, lost, note FROM jobs WHERE tenant = ? AND state = 0
        ORDER BY visible_at, seq LIMIT 1`,
  hand: 'UPDATE jobs SET state = 2, visible_at = ?, receives = receives + 1, lost = lost + 1, receipt = ? WHERE seq = ?',
  served: 'UPDATE lanes SET served = (SELECT max(served) + 1 FROM lanes) WHERE tenant = ?',
  keep: 'UPDATE jobs SET visible_at = ? WHERE seq = ? AND receipt = ?',
  ack: 'DELETE FROM jobs WHERE seq = ? AND receipt = ?',
  retry: 'UPDATE jobs SET state = ?, visible_at = ?, lost = lost - 1, receipt = NULL WHERE seq = ? AND receipt = ?',
  fail: 'UPDATE jobs SET state = 1, visible_at = ?, note = ?, receipt = NULL WHERE seq = ? AND receipt = ?',
  remove: 'DELETE FROM jobs WHERE seq = ?',
  bury: 'INSERT INTO dead_jobs (body, reason, at) VALUES (?, ?, ?)',
}

export interface JobTableOptions {
  /** How long a message that was handed out stays invisible without a sign of life. */
  visibilityMs: number
  /** Deliveries without an outcome before a message is a dead letter. */
  maxReceives: number
  clock?: () => number
}

/** A message in the hands of a consumer. */
export interface Delivery {
  seq: number
  receipt: string
  body: string
  job: Job
  receives: number
  /** Deliveries without an outcome, this one included. */
  lost: number
}

export type JobTable = ReturnType<typeof createJobTable>

/** The queue's table: each call is one short, synchronous step. */
export function createJobTable(db: Database, options: JobTableOptions) {
  const { visibilityMs, maxReceives, clock = Date.now } = options
  const owner = crypto.randomUUID()
  let receipts = 0

  function bury(seq: number, body: string, reason: string): void {
    db.sql(jobStatements.bury).run(body, reason, clock())
    db.sql(jobStatements.remove).run(seq)
  }

  /** Hands out the next message, or buries it; the tenant with the fewest in hand comes first, then who waited longest. */
  function next(now: number): Delivery | 'none' | 'buried' {
    const lane = db.sql(jobStatements.lane).get()
    if (!lane) return 'none'
    const tenant = text(lane.tenant)
    const row = db.sql(jobStatements.job).get(tenant)
    if (!row) throw new Error(`the counts of the lane ${tenant} are wrong`)
    const seq = number(row.seq)
    const body = text(row.body)
    const job = parseJob(body)
    const lost = number(row.lost)
    if (!job || lost >= maxReceives) {
      bury(seq, body, job ? reasonOf(lost, optionalText(row.note)) : 'the message cannot be read')
      return 'buried'
    }
    const receipt = `${owner}:${++receipts}`
    db.sql(jobStatements.hand).run(now + visibilityMs, receipt, seq)
    db.sql(jobStatements.served).run(tenant)
    return { seq, receipt, body, job, receives: number(row.receives) + 1, lost: lost + 1 }
  }

  return {
    /** To be called inside a transaction where the message must not exist without something else. */
    send(job: Job, delayMs = 0): void {
      const tenant = job.kind === 'reconcile' ? job.tenant : ''
      const about = job.kind === 'reconcile' ? job.path : job.kind
      const statement = delayMs > 0 ? jobStatements.delay : jobStatements.send
      db.sql(statement).run(tenant, about, JSON.stringify(traced(job, 'kass_sqlite')), clock() + Math.max(0, delayMs))
    },
    /** Whether a message can be had now, and when the next one is due otherwise. Takes no lock. */
    look(): { waiting: boolean; next: number | undefined } {
      const row = db.sql(jobStatements.look).get()
      const due = optionalNumber(row?.next)
      return { waiting: row?.waiting === 1 || (due !== undefined && due <= clock()), next: due }
    },
    receive(limit: number): Delivery[] {
      return db.transaction(() => {
        const now = clock()
        db.sql(jobStatements.promote).run(now)
        const taken: Delivery[] = []
        for (let steps = limit + 50; steps > 0 && taken.length < limit; steps--) {
          const found = next(now)
          if (found === 'none') break
          if (found !== 'buried') taken.push(found)
        }
        return taken
      })
    },
    keep({ seq, receipt }: Delivery): void {
      db.sql(jobStatements.keep).run(clock() + visibilityMs, seq, receipt)
    },
    ack({ seq, receipt }: Delivery): void {
      db.sql(jobStatements.ack).run(seq, receipt)
    },
    /** An outcome, so the delivery does not count as lost. */
    retry({ seq, receipt }: Delivery, delayMs: number): void {
      db.sql(jobStatements.retry).run(delayMs > 0 ? 1 : 0, clock() + Math.max(0, delayMs), seq, receipt)
    },
    /** The handler broke: the message comes back after a growing while, or is a dead letter. */
    fail({ seq, receipt, body, lost }: Delivery, reason: string): void {
      const delay = Math.min(visibilityMs, 1000 * 2 ** (lost - 1))
      db.transaction(() => {
        const mine = db.sql(jobStatements.fail).run(clock() + delay, reason, seq, receipt).changes === 1
        if (mine && lost >= maxReceives) bury(seq, body, reasonOf(lost, reason))
      })
    },
  }
}

function reasonOf(lost: number, note: string | undefined): string {
  return `${lost} deliveries ended without an outcome${note === undefined ? '' : `; the last error: ${note}`}`
}
