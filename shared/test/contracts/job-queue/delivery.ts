import { test } from 'tap'
import { consume, type OpenQueue, pathOf, reconcile, take, until } from './support.ts'

const empty = { visible: 0, delayed: 0, held: 0, dead: 0, oldestAgeMs: 0 }

/** At least once, not twice at once, and never lost. */
export function deliveryPromises(name: string, open: OpenQueue): void {
  test(`${name}: every kind of job arrives as it was sent, on another connection too`, async (t) => {
    const opened = await open(t)
    const { held } = consume(t, opened.other, 3)
    const jobs = [reconcile('a "b"/ü.md'), { kind: 'sweep' }, { kind: 'compare' }] as const
    for (const job of jobs) await opened.queue.send(job)
    await until(opened, () => held.length === 3, 'three messages')
    t.same(new Set(held.map(({ job }) => JSON.stringify(job))), new Set(jobs.map((job) => JSON.stringify(job))))
  })

  test(`${name}: a message that is done never comes again`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    const { held } = consume(t, opened.queue, 2)
    const message = await take(opened, held)
    t.equal(message.context.receives, 1)
    message.settle({ done: true })
    await opened.pass(opened.visibilityMs * 2)
    t.same(held, [])
    t.same(await opened.queue.depth(), empty)
  })

  test(`${name}: a message is invisible for as long as its handler runs`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    const first = consume(t, opened.queue)
    const message = await take(opened, first.held)
    const second = consume(t, opened.other)
    await opened.pass(opened.visibilityMs * 4)
    t.same([...first.held, ...second.held], [])
    message.settle({ done: true })
    await opened.pass(opened.visibilityMs * 2)
    t.same([...first.held, ...second.held], [])
  })

  test(`${name}: a delayed message comes after its delay, not before`, async (t) => {
    const opened = await open(t)
    const { held } = consume(t, opened.queue)
    await opened.queue.send(reconcile('a.md'), { delayMs: 5000 })
    await opened.pass(4900)
    t.same(held, [])
    await take(opened, held)
  })

  test(`${name}: a retry comes back after its delay, as often as it takes`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    const { held } = consume(t, opened.queue)
    for (let round = 1; round <= opened.maxReceives + 2; round++) {
      const message = await take(opened, held)
      t.equal(message.context.receives, round)
      message.settle({ retryMs: 1000 })
      await opened.pass(900)
      t.same(held, [], 'not before its delay')
    }
    t.same(await opened.queue.deadLetters(10), [])
  })

  test(`${name}: a message whose handler always breaks ends in the dead letters, with the reason`, async (t) => {
    const opened = await open(t)
    await opened.queue.send(reconcile('a.md'))
    const { held } = consume(t, opened.queue)
    for (let round = 1; round <= opened.maxReceives; round++) {
      const message = await take(opened, held)
      t.equal(message.context.receives, round)
      message.break(new Error('out of luck'))
    }
    await opened.pass(opened.visibilityMs * 4)
    t.same(held, [])
    t.match(await opened.queue.deadLetters(10), [
      { body: JSON.stringify(reconcile('a.md')), reason: /out of luck/, at: Number },
    ])
    t.match(await opened.queue.depth(), { visible: 0, delayed: 0, held: 0, dead: 1 })
  })

  test(`${name}: what cannot be read ends in the dead letters and stops nobody`, async (t) => {
    const opened = await open(t)
    const bad = [' ', 'nonsense', '[]', '{"kind":"shout"}', '{"kind":"reconcile","tenant":"../x","path":"a"}']
    for (const body of bad) await opened.sendRaw(body)
    await opened.queue.send(reconcile('a.md'))
    const { held } = consume(t, opened.queue)
    t.equal(pathOf(await take(opened, held)), 'acme:a.md')
    await opened.pass(opened.visibilityMs)
    const dead = await opened.queue.deadLetters(10)
    t.same(dead.map((letter) => letter.body).sort(), [...bad].sort())
    t.ok(dead.every((letter) => /cannot be read/.test(letter.reason)))
  })

  test(`${name}: a job sent while the same one is in hand is delivered afterwards`, async (t) => {
    const opened = await open(t)
    const { held } = consume(t, opened.queue)
    await opened.queue.send(reconcile('a.md'))
    const first = await take(opened, held)
    await opened.queue.send(reconcile('a.md'))
    first.settle({ done: true })
    t.equal(pathOf(await take(opened, held)), 'acme:a.md')
  })

  test(`${name}: of the same job, now and later, neither time is lost`, async (t) => {
    const opened = await open(t)
    const { held } = consume(t, opened.queue)
    await opened.queue.send(reconcile('a.md'), { delayMs: 5000 })
    await opened.queue.send(reconcile('a.md'))
    await opened.queue.send(reconcile('a.md'), { delayMs: 2000 })
    const seen: string[] = []
    for (const at of ['now', 'soon', 'later']) {
      const message = await take(opened, held)
      message.settle({ done: true })
      seen.push(at)
    }
    t.same(seen, ['now', 'soon', 'later'])
  })

  test(`${name}: its depth tells what is visible, delayed, held and dead`, async (t) => {
    const opened = await open(t)
    const { queue } = opened
    await queue.send(reconcile('a.md'))
    const { held } = consume(t, queue)
    await take(opened, held)
    await queue.send(reconcile('b.md'))
    await queue.send(reconcile('c.md', 'other'))
    await queue.send(reconcile('d.md'), { delayMs: 1_000_000 })
    await opened.pass(opened.visibilityMs)
    const depth = await queue.depth()
    t.match(depth, { visible: 2, delayed: 1, held: 1, dead: 0 })
    t.ok(depth.oldestAgeMs >= opened.visibilityMs)
  })
}
