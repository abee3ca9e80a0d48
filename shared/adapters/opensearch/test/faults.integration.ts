import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'
import { isKassError } from '../../../errors.ts'
import type { SearchIndex } from '../../../ports/search-index.ts'
import { attempt, put, query } from '../../../test/contracts/search-index/corpus.ts'
import { answer, type Fault, faults, startFaultProxy } from './fault-proxy.ts'
import { domainOptions, openIndex } from './open.ts'

const hasty = { timeoutMs: 400, breakerFailures: 1_000 }

/** Every verb, as somebody would call it. */
const verbs: [string, (index: SearchIndex) => Promise<unknown>][] = [
  ['search', (index) => index.search(query('apple'))],
  ['passages', (index) => index.passages(['a:0'])],
  ['chunks', (index) => index.chunks('a', { limit: 10 })],
  ['vectors', (index) => index.vectors('a', 'hashing/384')],
  ['count', (index) => index.count('a')],
  ['attempts', (index) => Array.fromAsync(index.attempts())],
  ['put', (index) => put(index, attempt('a'), 'apple pie')],
  ['remove', (index) => index.remove('gone')],
  ['ready', (index) => index.ready()],
]

/** Tries until it works: what is left alone for a while recovers by itself. */
async function recovered<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isKassError(error) || !error.retryable) throw error
      await pause(20)
    }
  }
}

for (const [what, { code, fault }] of Object.entries(faults)) {
  test(`${what}: every verb fails with ${code}, and works again when it is over`, async (t) => {
    const proxy = await startFaultProxy(t, endpoints.opensearch)
    const index = openIndex(t, domainOptions({ url: proxy.url, ...hasty }))
    await recovered(() => put(index, attempt('a'), 'apple pie'))
    proxy.fault = fault
    for (const [verb, call] of verbs) {
      const waits = code === 'search_throttled' ? { retryAfterMs: 7_000 } : {}
      const error = await call(index).then(
        () => undefined,
        (thrown) => thrown,
      )
      t.match(error, { code, retryable: true, ...waits }, verb)
    }
    proxy.fault = undefined
    t.equal(await recovered(() => index.count('a')), 1)
    t.same((await recovered(() => index.search(query('apple')))).text.length, 1)
    for (const [, call] of verbs) await recovered(() => call(index))
  })
}

test('a node that nobody listens at is left alone after some failures, and found again by itself', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const options = domainOptions({ url: proxy.url, breakerFailures: 3, breakerOpenMs: 60 })
  const index = openIndex(t, options)
  await put(index, attempt('a'), 'apple pie')
  await proxy.stop()
  for (let n = 0; n < 3; n++) await t.rejects(index.count('a'), { code: 'search_unavailable', retryable: true })
  // Whoever asks now is told at once when to come back.
  await t.rejects(index.count('a'), { code: 'search_unavailable', retryAfterMs: 60 })
  await proxy.start()
  t.equal(await recovered(() => index.count('a')), 1)
})

test('a call that met a moment of weakness succeeds without its caller knowing', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const index = openIndex(t, domainOptions({ url: proxy.url }))
  await put(index, attempt('a'), 'apple pie')
  const weak: Record<string, Fault> = {
    throttled: async (_, response) => answer(response, 429, '{}'),
    unavailable: async (_, response) => answer(response, 503, '{}'),
    reset: async (_, response) => response.socket?.resetAndDestroy(),
  }
  for (const [name, fault] of Object.entries(weak)) {
    let times = 2
    proxy.fault = (request, response) => (times-- > 0 ? fault(request, response) : undefined)
    t.equal(await index.count('a'), 1, name)
    t.ok(times < 0)
  }
})

test('a search that is given up ends the request, too', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const index = openIndex(t, domainOptions({ url: proxy.url }))
  await put(index, attempt('a'), 'apple pie')
  await index.search(query('apple'))
  const arrived = Promise.withResolvers<{ hungUp: Promise<void> }>()
  proxy.fault = async (request) => arrived.resolve(request)
  const controller = new AbortController()
  const search = index.search(query('apple'), controller.signal)
  const { hungUp } = await arrived.promise
  controller.abort(new Error('gone away'))
  await t.rejects(search, { message: 'gone away' })
  await hungUp
  t.pass('the caller hung up')
})

test('searches that wait for their turn can be given up; those that find no room are refused', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const index = openIndex(t, domainOptions({ url: proxy.url, concurrency: 1, queue: 1 }))
  await put(index, attempt('a'), 'apple pie')
  await index.count('a')
  const words = query('apple', { vector: undefined })
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  proxy.fault = async (request, response) => {
    arrived.resolve()
    await release.promise
    const { status, body } = await request.forward()
    answer(response, status, body)
  }
  const first = index.search(words)
  await arrived.promise
  const controller = new AbortController()
  const second = index.search(words, controller.signal)
  await t.rejects(index.search(words), { code: 'search_throttled', retryable: true })
  controller.abort(new Error('gone away'))
  await t.rejects(second, { message: 'gone away' })
  release.resolve()
  t.equal((await first).text.length, 1)
  t.equal((await index.search(words)).text.length, 1)
})

test('a shard that failed is no result with fewer hits', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const index = openIndex(t, domainOptions({ url: proxy.url }))
  await put(index, attempt('a'), 'apple pie')
  proxy.fault = (request, response) =>
    request.forward().then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body.replaceAll('"failed":0', '"failed":1'))
    })
  for (const [verb, call] of verbs.slice(0, 6)) {
    await t.rejects(call(index), { code: 'search_unavailable' }, verb)
  }
})
