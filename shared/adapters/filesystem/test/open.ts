import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Job } from '../../../documents/job.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import type { Database } from '../../sqlite/database.ts'
import { createSqliteQueue } from '../../sqlite/queue.ts'
import { openStateDatabase } from '../../sqlite/state.ts'
import { createFilesystemObjects } from '../objects.ts'

/** How many files there are below a folder. */
export function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
}

/** The jobs that wait, taken out of the queue's table. */
export function takeJobs(db: Database): Job[] {
  return db
    .sql('DELETE FROM jobs RETURNING body')
    .all()
    .map((row) => JSON.parse(String(row.body)))
}

/** Two connections to one data folder. */
export function openObjects(t: Test, keepRevisions = 3) {
  const folder = t.testdir({})
  const clock = createTestClock()
  const dbs: Database[] = []
  t.teardown(() => {
    for (const db of dbs) db.close()
  })
  const connect = () => {
    const db = openStateDatabase(join(folder, 'kass.db'))
    dbs.push(db)
    const queue = createSqliteQueue(db, { visibilityMs: 1000, maxReceives: 3, clock })
    const objects = createFilesystemObjects({ folder: join(folder, 'objects'), db, queue, keepRevisions, clock })
    return { db, queue, objects }
  }
  return { folder, clock, connect, stored: () => countFiles(join(folder, 'objects')) }
}
