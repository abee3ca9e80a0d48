import type { Job } from '../../documents/job.ts'
import type { JobQueue } from '../../ports/job-queue.ts'
import type { Database } from './database.ts'
import { createJobTable, type JobTableOptions } from './job-table.ts'
import { consumeJobs } from './queue-consumer.ts'
import { number, optionalNumber, text } from './rows.ts'

export interface SqliteQueueOptions extends JobTableOptions {
  /** Told of everything that went wrong in a handler or in the queue itself. */
  onError?: (error: unknown, job?: Job) => void
}

/** What else the embedded queue offers: sending as part of a transaction of the same database. */
export interface Outbox {
  /** Writes the message with whatever else the transaction writes. */
  enqueue(job: Job): void
  /** To be called after the commit: consumers of this process look at once. */
  wake(): void
}

/** Counts come from the lanes; what has become due since the last delivery is counted as visible already. */
const depthSql = `SELECT coalesce(sum(waiting), 0) AS waiting, coalesce(sum(delayed), 0) AS delayed,
    coalesce(sum(held), 0) AS held, (SELECT count(*) FROM dead_jobs) AS dead,
    (SELECT count(*) FROM jobs WHERE state <> 0 AND visible_at <= ?1 AND state = 1) AS due,
    (SELECT count(*) FROM jobs WHERE state <> 0 AND visible_at <= ?1 AND state = 2) AS expired,
    min((SELECT min(visible_at) FROM jobs WHERE jobs.tenant = lanes.tenant AND state = 0)) AS waiting_since,
    (SELECT min(visible_at) FROM jobs WHERE state <> 0 AND visible_at <= ?1) AS due_since
  FROM lanes`

/** The job queue in SQLite. One of them for each connection: it wakes its own consumers at once. */
export function createSqliteQueue(db: Database, options: SqliteQueueOptions): JobQueue & Outbox {
  const { visibilityMs, clock = Date.now, onError } = options
  const table = createJobTable(db, options)
  const listeners = new Set<() => void>()

  /** Whether another connection has written since the last call. */
  function watchOthers(): () => boolean {
    let version = -1
    return () => {
      const now = number(db.sql('PRAGMA data_version').get()?.data_version)
      const differs = now !== version
      version = now
      return differs
    }
  }

  function wake(): void {
    for (const listener of listeners) listener()
  }

  return {
    enqueue: (job) => table.send(job),
    wake,
    async send(job, { delayMs } = {}) {
      table.send(job, delayMs)
      wake()
    },
    consume(handler, consumer) {
      const parts = {
        table,
        visibilityMs,
        clock,
        changed: watchOthers(),
        onSend(listener: () => void) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        onError: (error: unknown, delivery?: { job: Job }) => onError?.(error, delivery?.job),
      }
      return consumeJobs(parts, handler, consumer)
    },
    async depth() {
      const now = clock()
      const row = db.sql(depthSql).get(now)
      const due = number(row?.due)
      const expired = number(row?.expired)
      const oldest = Math.min(optionalNumber(row?.waiting_since) ?? now, optionalNumber(row?.due_since) ?? now)
      return {
        visible: number(row?.waiting) + due + expired,
        delayed: number(row?.delayed) - due,
        held: number(row?.held) - expired,
        dead: number(row?.dead),
        oldestAgeMs: Math.max(0, now - oldest),
      }
    },
    async deadLetters(limit) {
      const rows = db.sql('SELECT body, reason, at FROM dead_jobs ORDER BY seq DESC LIMIT ?').all(limit)
      return rows.map((row) => ({ body: text(row.body), reason: text(row.reason), at: number(row.at) }))
    },
  }
}
