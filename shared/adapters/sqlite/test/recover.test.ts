import { test } from 'tap'
import { createTestClock, present } from '../../../test/contracts/support.ts'
import { createDocumentStore } from '../../record-store.ts'
import { createJobTable } from '../job-table.ts'
import { createSqliteQueue } from '../queue.ts'
import { createSqliteRecords } from '../records.ts'
import { recover } from '../recover.ts'
import { openConnections } from './open.ts'

const ref = { tenant: 'acme', path: 'a.md' }

test('after recovery the claims of the run before are void, and their crash is counted', async (t) => {
  const clock = createTestClock()
  const db = openConnections(t).connect()
  const store = createDocumentStore(createSqliteRecords(db), { clock })
  const first = await store.claim(ref, { holder: 'worker-1', leaseMs: 1000 })
  if (!('claim' in first)) return t.fail('nobody else holds it')
  await store.begin(first.claim, { attempt: 'a1', fingerprint: 'f1' })
  const before = present(await store.get(ref))
  recover(db)
  t.match(await store.get(ref), { rev: before.rev + 1, claim: { until: 0 } })
  const second = await store.claim(ref, { holder: 'worker-2', leaseMs: 1000 })
  t.match(second, { record: { retired: [{ attempt: 'a1' }], crashes: { fingerprint: 'f1', count: 1 } } })
})

test('recovery leaves documents that nobody held as they are', async (t) => {
  const db = openConnections(t).connect()
  const store = createDocumentStore(createSqliteRecords(db), { clock: createTestClock() })
  const got = await store.claim(ref, { holder: 'worker-1', leaseMs: 1000 })
  if (!('claim' in got)) return t.fail('nobody else holds it')
  await store.release(got.claim, {})
  const before = await store.get(ref)
  recover(db)
  t.same(await store.get(ref), before)
})

test('after recovery schedules are free, and messages that were handed out wait again', async (t) => {
  const clock = createTestClock()
  const db = openConnections(t).connect()
  const store = createDocumentStore(createSqliteRecords(db), { clock })
  const options = { visibilityMs: 1000, maxReceives: 3, clock }
  const queue = createSqliteQueue(db, options)
  await store.lease('sweep', 'worker-1', 60_000)
  await queue.send({ kind: 'reconcile', ...ref })
  createJobTable(db, options).receive(1)
  t.match(await queue.depth(), { held: 1, visible: 0 })
  recover(db)
  t.match(await queue.depth(), { held: 0, visible: 1 })
  t.equal(await store.lease('sweep', 'worker-2', 1000), true)
})
