import { test } from 'tap'
import { consume, type OpenQueue, pathOf, reconcile, take, until } from './support.ts'

/** One tenant's backlog does not stop another's job. */
export function fairnessPromises(name: string, open: OpenQueue): void {
  test(`${name}: no more messages are handed out at once than asked for`, async (t) => {
    const opened = await open(t)
    for (let n = 0; n < 10; n++) await opened.queue.send(reconcile(`${n}.md`))
    const { held } = consume(t, opened.queue, 3)
    await until(opened, () => held.length >= 3, 'three messages')
    await opened.pass(1000)
    t.equal(held.length, 3)
    held.shift()?.settle({ done: true })
    await until(opened, () => held.length === 3, 'the freed place is taken')
  })

  test(`${name}: a job does not wait for another tenant's backlog`, async (t) => {
    const opened = await open(t)
    for (let n = 0; n < 300; n++) await opened.queue.send(reconcile(`${n}.md`, 'busy'))
    const { held } = consume(t, opened.queue, 2)
    const first = await take(opened, held)
    await opened.queue.send(reconcile('a.md', 'quiet'))
    first.settle({ done: true })
    await until(opened, () => held.length === 2, 'the freed place is taken')
    t.ok(held.map(pathOf).includes('quiet:a.md'))
  })

  test(`${name}: a tenant whose jobs take long gets no more than its share of the places`, async (t) => {
    const opened = await open(t)
    for (let n = 0; n < 20; n++) {
      await opened.queue.send(reconcile(`${n}.md`, 'slow'))
      await opened.queue.send(reconcile(`${n}.md`, 'fast'))
    }
    const { held } = consume(t, opened.queue, 4)
    const of = (tenant: string) => held.filter((message) => pathOf(message).startsWith(tenant))
    for (let round = 0; round < 8; round++) {
      await until(opened, () => held.length === 4, 'all places are taken')
      t.equal(of('slow').length, 2)
      for (const message of of('fast')) {
        held.splice(held.indexOf(message), 1)
        message.settle({ done: true })
      }
    }
  })

  test(`${name}: tenants that wait alike take turns, each in the order of sending`, async (t) => {
    const opened = await open(t)
    for (const tenant of ['a', 'b', 'c'])
      for (const path of ['1', '2']) await opened.queue.send(reconcile(path, tenant))
    const { held } = consume(t, opened.queue)
    const order: string[] = []
    while (order.length < 6) {
      const message = await take(opened, held)
      order.push(pathOf(message))
      message.settle({ done: true })
    }
    t.same(order.slice(0, 3).sort(), ['a:1', 'b:1', 'c:1'])
    t.same(order.slice(3).sort(), ['a:2', 'b:2', 'c:2'])
  })
}
