import { test } from 'tap'
import type { Job } from '../../../documents/job.ts'
import { fakeUrls } from './fake-queues.ts'
import { simulate } from './simulate.ts'

const pathOf = (job: Job) => (job.kind === 'reconcile' ? `${job.tenant}:${job.path}` : job.kind)
const bodyOf = (tenant: string, path: unknown) => JSON.stringify({ kind: 'reconcile', tenant, path: String(path) })

for (const window of [10, 300]) {
  test(`a job waits for few of another tenant's backlog of 10,000 (handed out of ${window} at random)`, async (t) => {
    const { connect, put, stored, during, work } = simulate(t, { window })
    for (let n = 0; n < 10_000; n++) put(bodyOf('a', n))
    put(bodyOf('b', 'urgent'))
    const handled: string[] = []
    const stop = new AbortController()
    const consumed = connect().consume(
      async (job) => {
        await work(500)
        handled.push(pathOf(job))
        if (pathOf(job) === 'b:urgent') stop.abort()
        return { done: true }
      },
      { concurrency: 4, signal: stop.signal, graceMs: 600_000 },
    )
    await during(consumed)
    t.ok(handled.length < 200, `${handled.length - 1} were handled first`)
    const left = stored(fakeUrls.queueUrl)
    t.equal(new Set([...handled, ...left.map(({ body }) => pathOf(JSON.parse(body)))]).size, 10_001, 'none is lost')
    t.equal(left.length + handled.length, 10_001, 'and none is there twice')
    t.same(new Set(left.map(({ receives }) => receives)), new Set([0]), 'what was put off counts as never received')
    t.same(stored(fakeUrls.deadLetterUrl), [])
  })
}

for (const { workers, jobMs, least } of [
  { workers: 1, jobMs: 100, least: 0.7 },
  { workers: 1, jobMs: 1000, least: 0.9 },
  { workers: 3, jobMs: 2000, least: 0.8 },
]) {
  test(`a tenant alone has all places nearly all the time, for few calls (${workers} × 4, ${jobMs} ms)`, async (t) => {
    const { connect, put, stored, during, work, total, clock } = simulate(t)
    const messages = 300
    for (let n = 0; n < messages; n++) put(bodyOf('a', n))
    const stop = new AbortController()
    const began = clock()
    const receives = new Set<number>()
    let handled = 0
    const consume = () =>
      connect().consume(
        async (_, context) => {
          receives.add(context.receives)
          await work(jobMs)
          if (++handled === messages) stop.abort()
          return { done: true }
        },
        { concurrency: 4, signal: stop.signal },
      )
    await during(Promise.all(Array.from({ length: workers }, consume)))
    const busy = (messages * jobMs) / 4 / workers / (clock() - began)
    t.ok(busy > least, `places were at work for ${busy.toFixed(2)} of the time`)
    t.ok(total() / messages < 8, `${(total() / messages).toFixed(1)} calls a message`)
    t.same(receives, new Set([1]), 'looking at messages is not counted')
    t.same(stored(fakeUrls.queueUrl), [])
  })
}

test('a few long jobs are shared by all workers, not kept by the first', async (t) => {
  const { connect, put, during, work, clock } = simulate(t)
  for (let n = 0; n < 12; n++) put(bodyOf('a', n))
  const stop = new AbortController()
  const began = clock()
  let handled = 0
  const consume = () =>
    connect().consume(
      async () => {
        await work(60_000)
        if (++handled === 12) stop.abort()
        return { done: true }
      },
      { concurrency: 4, signal: stop.signal },
    )
  await during(Promise.all([consume(), consume(), consume()]))
  t.ok(clock() - began < 90_000, 'nobody waited for a second round')
})

test('requests that fail in part lose nothing', async (t) => {
  const { connect, put, stored, during, work, failing } = simulate(t)
  for (const action of ['SendMessageBatch', 'DeleteMessageBatch']) failing.set(action, 0.05)
  for (let n = 0; n < 700; n++) put(bodyOf(n % 50 === 0 ? 'b' : 'a', n))
  const errors: unknown[] = []
  const handled = new Set<string>()
  const stop = new AbortController()
  const consumed = connect({ onError: (error) => errors.push(error) }).consume(
    async (job) => {
      await work(500)
      handled.add(pathOf(job))
      if (handled.size === 700) stop.abort()
      return { done: true }
    },
    { concurrency: 8, signal: stop.signal, graceMs: 600_000 },
  )
  await during(consumed)
  t.equal(handled.size, 700)
  t.ok(errors.length > 0, 'and are told')
  t.same(stored(fakeUrls.deadLetterUrl), [])
})
