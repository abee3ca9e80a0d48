import { test } from 'tap'
import { createInbox, reconcile } from '../../../test/contracts/job-queue/support.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createJobTable } from '../job-table.ts'
import { createSqliteQueue } from '../queue.ts'
import { openConnections } from './open.ts'

function open(t: Parameters<typeof openConnections>[0]) {
  const clock = createTestClock()
  const db = openConnections(t).connect()
  const options = { visibilityMs: 1000, maxReceives: 3, clock }
  return { clock, db, table: createJobTable(db, options), queue: createSqliteQueue(db, options) }
}

test('sqlite: a job that waits already is not added a second time', async (t) => {
  const { queue } = open(t)
  for (let n = 0; n < 5; n++) {
    await queue.send(reconcile('a.md'))
    await queue.send(reconcile('a.md', 'other'))
    await queue.send(reconcile('b.md'))
    await queue.send({ kind: 'sweep' })
  }
  t.match(await queue.depth(), { visible: 4, delayed: 0 })
})

test('sqlite: a job is added beside one that is delayed, handed out, or has failed before', async (t) => {
  const { queue, table, clock } = open(t)
  await queue.send(reconcile('delayed.md'), { delayMs: 5000 })
  await queue.send(reconcile('delayed.md'))
  t.match(await queue.depth(), { visible: 1, delayed: 1 })
  table.receive(1)
  await queue.send(reconcile('delayed.md'))
  t.match(await queue.depth(), { visible: 1, delayed: 1, held: 1 })
  clock.advance(1000)
  t.equal(table.receive(1)[0]?.receives, 1, 'the fresh one')
  await queue.send(reconcile('delayed.md'))
  t.match(await queue.depth(), { visible: 2, delayed: 1, held: 1 }, 'one that failed may be a dead letter next time')
})

test('sqlite: a settlement that comes too late changes nothing', async (t) => {
  const { queue, table, clock } = open(t)
  await queue.send(reconcile('a.md'))
  const [late] = table.receive(1)
  clock.advance(1000)
  const [again] = table.receive(1)
  t.ok(late && again && late.seq === again.seq)
  if (!late) return
  table.ack(late)
  table.retry(late, 0)
  table.fail(late, 'late')
  table.keep(late)
  t.match(await queue.depth(), { held: 1, visible: 0, dead: 0 })
  clock.advance(1000)
  t.match(await queue.depth(), { held: 0, visible: 1 })
})

test('sqlite: a job that is part of a transaction is sent with it or not at all', async (t) => {
  const { queue, db } = open(t)
  const undone = () =>
    db.transaction(() => {
      queue.enqueue(reconcile('a.md'))
      throw new Error('undone')
    })
  t.throws(undone, { message: 'undone' })
  t.match(await queue.depth(), { visible: 0 })
  db.transaction(() => queue.enqueue(reconcile('a.md')))
  t.match(await queue.depth(), { visible: 1 })
})

test('sqlite: the counts of the lanes are those of the messages, whatever happened to them', async (t) => {
  const { queue, table, db, clock } = open(t)
  for (let n = 0; n < 40; n++) await queue.send(reconcile(`${n}.md`, `t${n % 3}`), { delayMs: n % 4 ? 0 : 50 })
  table.receive(9).forEach((delivery, n) => {
    if (n % 3 === 0) table.ack(delivery)
    if (n % 3 === 1) table.retry(delivery, n)
  })
  clock.advance(1000)
  for (const delivery of table.receive(5)) table.fail(delivery, 'no')
  db.sql("DELETE FROM jobs WHERE tenant = 't2'").run()
  const counted = db
    .sql(`SELECT tenant, sum(state = 0) AS waiting, sum(state = 1) AS delayed, sum(state = 2) AS held
          FROM jobs GROUP BY tenant ORDER BY tenant`)
    .all()
  const lanes = db
    .sql('SELECT tenant, waiting, delayed, held FROM lanes WHERE waiting + delayed + held <> 0 ORDER BY tenant')
    .all()
  t.equal(lanes.length, 2)
  t.same(lanes, counted)
})

test('sqlite: no step of the queue goes through all messages', async (t) => {
  const { db } = open(t)
  const plan = (sql: string) =>
    db.raw
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row.detail))
      .filter((detail) => /SCAN jobs/.test(detail) && !/INDEX/.test(detail))
  t.not(plan('SELECT * FROM jobs').length, 0, 'a scan would be seen')
  const { jobStatements } = await import('../job-table.ts')
  for (const [name, sql] of Object.entries(jobStatements)) t.same(plan(sql), [], name)
})

test('sqlite: an error of the database ends no consumer, and is told', async (t) => {
  const { db, clock } = open(t)
  const errors: unknown[] = []
  const told = Promise.withResolvers<void>()
  const queue = createSqliteQueue(db, {
    visibilityMs: 1000,
    maxReceives: 3,
    clock,
    onError(error) {
      errors.push(error)
      told.resolve()
    },
  })
  await queue.send(reconcile('a.md'))
  db.raw.exec('ALTER TABLE lanes RENAME TO elsewhere')
  const inbox = createInbox()
  const stop = new AbortController()
  const ended = queue.consume(inbox.handler, { concurrency: 1, signal: stop.signal })
  await told.promise
  db.raw.exec('ALTER TABLE elsewhere RENAME TO lanes')
  const taken = Promise.withResolvers<void>()
  const wait = setInterval(() => inbox.held.length > 0 && taken.resolve(), 1)
  queue.wake()
  await taken.promise
  clearInterval(wait)
  inbox.settleAll()
  stop.abort()
  await ended
  t.match(await queue.depth(), { visible: 0, held: 0 })
  t.ok(errors.length >= 1)
})
