import { appendFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { isStorageFull } from '../storage-full.ts'

function thrown(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

test('a full database and a full disk are told from all other faults, also as a cause', (t) => {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE x (y); PRAGMA max_page_count = 2')
  const full = thrown(() => db.prepare('INSERT INTO x VALUES (?)').run('y'.repeat(100_000)))
  t.equal(isStorageFull(full), true)
  t.equal(isStorageFull(new Error('outer', { cause: full })), true)
  t.equal(isStorageFull(thrown(() => appendFileSync('/dev/full', 'x'))), true)
  t.equal(isStorageFull(thrown(() => db.exec('nonsense'))), false)
  t.equal(isStorageFull(thrown(() => appendFileSync('/nowhere/at/all', 'x'))), false)
  t.equal(isStorageFull('ENOSPC'), false)
  t.end()
})
