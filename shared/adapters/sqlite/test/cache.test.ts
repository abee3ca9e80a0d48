import { test } from 'tap'
import { cacheContract } from '../../../test/contracts/cache.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createSqliteCache } from '../cache.ts'
import { openConnections } from './open.ts'

cacheContract('sqlite', async (t) => {
  const clock = createTestClock()
  const { connect } = openConnections(t)
  return {
    cache: createSqliteCache(connect(), { clock }),
    other: createSqliteCache(connect(), { clock }),
    pass: async (ms) => clock.advance(ms),
  }
})

test('sqlite: what has expired is removed while new values come, a little at a time', async (t) => {
  const clock = createTestClock()
  const db = openConnections(t).connect()
  const cache = createSqliteCache(db, { clock })
  const rows = () => Number(db.sql('SELECT count(*) AS n FROM cache').get()?.n)
  for (let n = 0; n < 100; n++) await cache.put(`old-${n}`, 'v', 10)
  clock.advance(10)
  const counts = []
  for (let n = 0; n < 20; n++) {
    await cache.put(`new-${n}`, 'v', 10)
    counts.push(rows())
  }
  t.equal(counts[0], 91, 'the first one removes some')
  t.equal(counts.at(-1), 20, 'in the end only the new ones are left')
})
