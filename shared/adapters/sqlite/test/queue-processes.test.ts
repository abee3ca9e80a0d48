import { test } from 'tap'
import { createInbox, reconcile } from '../../../test/contracts/job-queue/support.ts'
import { createSqliteQueue } from '../queue.ts'
import { recover } from '../recover.ts'
import { kill, lines, startChild } from './children.ts'
import { openConnections } from './open.ts'

const visibilityMs = 60_000

test('sqlite: another process gets a message that was sent here', async (t) => {
  const { file, connect } = openConnections(t)
  const queue = createSqliteQueue(connect(), { visibilityMs, maxReceives: 3 })
  const child = startChild(t, 'hold', file)
  await queue.send(reconcile('a.md'))
  t.same(await lines(child, 1), [`${JSON.stringify(reconcile('a.md'))} 1`])
})

test('sqlite: after kill -9 a message is handed out again when its time is over, and the delivery counts', async (t) => {
  const { file, connect } = openConnections(t)
  let ahead = 0
  const options = { visibilityMs, maxReceives: 3, clock: () => Date.now() + ahead }
  const queue = createSqliteQueue(connect(), options)
  await queue.send(reconcile('a.md'))
  const child = startChild(t, 'hold', file)
  await lines(child, 1)
  await kill(child)
  t.match(await queue.depth(), { held: 1, visible: 0 })
  ahead = visibilityMs
  t.match(await queue.depth(), { held: 0, visible: 1 })
  const inbox = createInbox()
  const stop = new AbortController()
  const ended = queue.consume(inbox.handler, { concurrency: 1, signal: stop.signal })
  t.equal(inbox.held[0]?.context.receives, 2)
  inbox.settleAll()
  stop.abort()
  await ended
  t.match(await queue.depth(), { held: 0, visible: 0 })
})

test('sqlite: a message that kills its worker every time ends in the dead letters', async (t) => {
  const { file, connect } = openConnections(t)
  const db = connect()
  const queue = createSqliteQueue(db, { visibilityMs, maxReceives: 3 })
  await queue.send(reconcile('poison.md'))
  for (let round = 1; round <= 3; round++) {
    const child = startChild(t, 'hold', file)
    t.same(await lines(child, 1), [`${JSON.stringify(reconcile('poison.md'))} ${round}`])
    await kill(child)
    recover(db)
  }
  await queue.send(reconcile('good.md'))
  const child = startChild(t, 'hold', file)
  t.same(await lines(child, 1), [`${JSON.stringify(reconcile('good.md'))} 1`])
  t.match(await queue.deadLetters(1), [{ reason: /^3 deliveries ended without an outcome/ }])
})
