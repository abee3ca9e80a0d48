import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Test } from 'tap'
import { test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'
import { startServerlessProxy } from '../../../../tools/stack/serverless-proxy.ts'
import { attempt, chunk, put, query, seen, seenKeys } from '../../../test/contracts/search-index/corpus.ts'
import { prepareIndex } from '../provision.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { onNode, openIndex, serverlessOptions } from './open.ts'

/** A collection of the test's own. */
async function startCollection(t: Test, about: { lagMs?: number; mode?: 'classic' | 'nextgen' } = {}) {
  const proxy = await startServerlessProxy({ upstream: endpoints.opensearch, lagMs: 300, ...about })
  t.teardown(() => proxy.close())
  const control = async (wanted?: object): Promise<Record<string, unknown>> => {
    const init = wanted ? { method: 'POST', body: JSON.stringify(wanted) } : {}
    const told: unknown = await (await fetch(`${proxy.url}/_control`, init)).json()
    return typeof told === 'object' && told !== null ? { ...told } : {}
  }
  return { url: proxy.url, control }
}

const onTheNode = async (index: string) => {
  await onNode('POST', `/${index}/_refresh`)
  const told = await onNode('GET', `/${index}/_count`)
  return typeof told === 'object' && told !== null ? Reflect.get(told, 'count') : undefined
}

test('the new generation of collections names no engine', async (t) => {
  const { url, control } = await startCollection(t, { mode: 'nextgen' })
  const options = serverlessOptions({ url, engine: 'provider', dimensions: [8] })
  const index = openIndex(t, options)
  await prepareIndex(options)
  await put(index, attempt('a'), 'apple pie')
  t.same(await seenKeys(index, query('apple'), 1), { text: ['a:0'], vector: ['a:0'] })
  t.match(await control(), { refused: [] })
})

test('a write whose answer is lost is written again: whoever reads sees one copy, and removal takes both', async (t) => {
  const { url } = await startCollection(t)
  const proxy = await startFaultProxy(t, url)
  const options = serverlessOptions({ url: proxy.url })
  const index = openIndex(t, options)
  await index.prepare()
  const texts = Array.from({ length: 5 }, (_, n) => `apple number ${n}`)
  let losses = 1
  proxy.fault = (request, response) =>
    request.url.endsWith('/_bulk') && losses-- > 0
      ? request.forward().then(() => response.socket?.resetAndDestroy())
      : undefined
  await put(index, attempt('a'), ...texts)
  await seen(
    index,
    () => onTheNode(options.index),
    (count) => count === 10,
  )
  t.equal(await onTheNode(options.index), 10)
  t.equal(await index.count('a'), 5)
  t.same(await Array.fromAsync(index.attempts()), [{ attempt: 'a', tenant: 'acme', documentId: 'doc_a', chunks: 5 }])
  const { text, vector } = await index.search(query('apple', { depth: 4 }))
  for (const hits of [text, vector]) t.equal(new Set(hits.map(({ key }) => key)).size, 4)
  t.equal((await index.passages(texts.map((_, n) => `a:${n}`))).size, 5)
  const pages = [await index.chunks('a', { limit: 3 }), await index.chunks('a', { limit: 3, cursor: '2' })]
  t.same(
    pages.map(({ items, cursor }) => [items.map(({ ordinal }) => ordinal), cursor]),
    [
      [[0, 1, 2], '2'],
      [[3, 4], undefined],
    ],
  )
  // Another process does not know the ids, and finds them.
  await openIndex(t, options).remove('a')
  t.equal(
    await seen(
      index,
      () => onTheNode(options.index),
      (count) => count === 0,
    ),
    0,
  )
})

test('what this process wrote is removed before it could be seen', async (t) => {
  const { url, control } = await startCollection(t, { lagMs: 600_000 })
  const options = serverlessOptions({ url })
  const index = openIndex(t, options)
  await put(index, attempt('a'), 'apple pie', 'pear tart')
  t.equal(await index.count('a'), 0)
  await index.remove('a')
  await control({ flush: true })
  t.equal(await onTheNode(options.index), 0)
})

test('more passages than one page of a search are removed', async (t) => {
  const { url } = await startCollection(t, { lagMs: 0 })
  const options = serverlessOptions({ url, timeoutMs: 60_000 })
  const index = openIndex(t, options)
  const plain = Array.from({ length: 4_100 }, (_, n) => chunk(n, `apple ${n}`, { vector: undefined }))
  await index.put(attempt('a', { embedder: 'none' }), plain)
  t.equal(await index.count('a'), 4_100)
  await openIndex(t, options).remove('a')
  t.equal(await index.count('a'), 0)
})

test('a collection that is asleep is waited for, and is not ready meanwhile', async (t) => {
  const { url, control } = await startCollection(t, { lagMs: 0 })
  const options = serverlessOptions({ url, timeoutMs: 2_000, coldTimeoutMs: 60_000 })
  const awake = openIndex(t, { ...options, timeoutMs: 20_000 })
  await put(awake, attempt('a'), 'apple pie')
  await control({ scaledToZeroMs: 5_000 })
  const index = openIndex(t, options)
  await t.rejects(index.ready(), { code: 'search_timeout', retryable: true })
  await control({ scaledToZeroMs: 5_000 })
  t.equal((await index.search(query('apple'))).text.length, 1)
  await index.ready()
  // Awake now: nobody waits for longer than the common time.
  await control({ scaledToZeroMs: 60_000 })
  await t.rejects(index.search(query('apple')), { code: 'search_timeout' })
  await control({ scaledToZeroMs: 0 })
})

test('a collection is asked for nothing that it does not have', async (t) => {
  const { url, control } = await startCollection(t, { lagMs: 0 })
  const options = serverlessOptions({ url })
  const calls: unknown[] = []
  const listen = (call: unknown) => void calls.push(call)
  subscribe('kass:aws-call', listen)
  t.teardown(() => unsubscribe('kass:aws-call', listen))
  const index = openIndex(t, options)
  await prepareIndex(options)
  await index.ready()
  await put(index, attempt('a'), 'apple pie')
  await index.search(query('apple'))
  await index.passages(['a:0'])
  await index.chunks('a', { limit: 1 })
  await index.vectors('a', 'hashing/384')
  t.equal(await index.count('a'), 1)
  await Array.fromAsync(index.attempts())
  await index.remove('a')
  t.match(await control(), { refused: [] })
  t.ok(calls.length > 10)
  for (const call of calls) {
    t.match(call, { service: 'aoss', action: 'APIAccessAll', attempts: 1, input: { path: /^\//, method: String } })
  }
})
