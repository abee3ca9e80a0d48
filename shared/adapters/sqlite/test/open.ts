import { join } from 'node:path'
import type { Test } from 'tap'
import type { Database } from '../database.ts'
import { openStateDatabase } from '../state.ts'

/** Connections to one new `kass.db`, closed when the test ends. */
export function openConnections(t: Test, count = 1): { file: string; connect: () => Database; dbs: Database[] } {
  const file = join(t.testdir({}), 'kass.db')
  const dbs: Database[] = []
  const connect = () => {
    const db = openStateDatabase(file)
    dbs.push(db)
    return db
  }
  t.teardown(() => {
    for (const db of dbs) db.close()
  })
  for (let n = 0; n < count; n++) connect()
  return { file, connect, dbs }
}
