import { once } from 'node:events'
import { test } from 'tap'
import { consume, createInbox, type OpenQueue, reconcile, take, until } from './support.ts'

/** The end of a consumer. */
export function drainPromises(name: string, open: OpenQueue): void {
  test(`${name}: a consumer that is told to stop takes nothing more and finishes what it has`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    await opened.queue.send(reconcile('b.md'))
    const inbox = createInbox()
    const stop = new AbortController()
    const ended = opened.queue.consume(inbox.handler, { concurrency: 1, signal: stop.signal, graceMs: 600_000 })
    const message = await take(opened, inbox.held)
    stop.abort()
    await opened.pass(1000)
    t.equal(message.context.signal.aborted, false, 'the handler has time')
    message.settle({ done: true })
    await ended
    t.same(inbox.held, [])
    t.match(await opened.queue.depth(), { visible: 1, held: 0 })
  })

  test(`${name}: after the time of grace handlers are told, and what they drop is handed back uncounted`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    for (let round = 0; round <= opened.maxReceives; round++) {
      const inbox = createInbox()
      const stop = new AbortController()
      const ended = opened.queue.consume(inbox.handler, { concurrency: 1, signal: stop.signal, graceMs: 1 })
      const message = await take(opened, inbox.held)
      const told = once(message.context.signal, 'abort')
      stop.abort()
      await told
      message.break(new Error('broken off'))
      await ended
    }
    t.match(await opened.queue.depth(), { visible: 1, held: 0, dead: 0 })
    const { held } = consume(t, opened.other)
    await until(opened, () => held.length === 1, 'the message is handed out again')
  })

  test(`${name}: a consumer that is stopped before it begins takes nothing`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    const inbox = createInbox()
    await opened.queue.consume(inbox.handler, { concurrency: 1, signal: AbortSignal.abort() })
    t.same(inbox.held, [])
    t.match(await opened.queue.depth(), { visible: 1, held: 0 })
  })
}
