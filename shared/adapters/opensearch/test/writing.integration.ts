import { test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'
import { attempt, chunk, embedder, put, query, seenKeys } from '../../../test/contracts/search-index/corpus.ts'
import { createOpenSearchIndex } from '../index.ts'
import { prepareIndex } from '../provision.ts'
import { answer, startFaultProxy } from './fault-proxy.ts'
import { domainOptions, onNode, openIndex } from './open.ts'

const texts = (count: number) => Array.from({ length: count }, (_, n) => chunk(n, `apple number ${n}`))
const isBulk = ({ url }: { url: string }) => url.endsWith('/_bulk')

test('processes that write first at the same time all make the same index', async (t) => {
  const options = domainOptions()
  const many = Array.from({ length: 6 }, () => openIndex(t, options))
  await Promise.all(many.map((index, n) => put(index, attempt(`a${n}`), 'apple pie')))
  const found = await Promise.all(many.map((index, n) => index.count(`a${n}`)))
  t.same(found, [1, 1, 1, 1, 1, 1])
  t.match(await onNode('GET', `/${options.index}/_mapping`), {
    [options.index]: {
      mappings: {
        dynamic: 'strict',
        properties: {
          words: { type: 'text' },
          vector_384: { type: 'knn_vector', dimension: 384, method: { name: 'hnsw', engine: 'lucene' } },
        },
      },
    },
  })
})

test('preparing makes template and index for the dimensions of the embedder, as often as one likes', async (t) => {
  const options = domainOptions({ dimensions: [8] })
  const index = openIndex(t, options)
  await Promise.all([prepareIndex(options), prepareIndex(options), index.prepare()])
  await prepareIndex(options)
  const template = await onNode('GET', `/_index_template/${options.index}`)
  const vectors = { properties: { vector_8: { type: 'knn_vector', dimension: 8 } } }
  t.match(template, { index_templates: [{ index_template: { template: { mappings: vectors } } }] })
  t.match(await onNode('GET', `/${options.index}/_mapping`), { [options.index]: { mappings: vectors } })
})

test('an index of another language is refused, and says which setting to change', async (t) => {
  const options = domainOptions()
  openIndex(t, options)
  await prepareIndex(options)
  const german = createOpenSearchIndex({ ...options, language: 'german' })
  t.teardown(() => german.close())
  const refusal = { code: 'not_ready', message: /OPENSEARCH_INDEX/ }
  await t.rejects(german.ready(), refusal)
  await t.rejects(put(german, attempt('a'), 'Apfel'), refusal)
})

test('vectors of other dimensions get a field of their own, which other processes find', async (t) => {
  const options = domainOptions()
  const [index, other] = [openIndex(t, options), openIndex(t, options)]
  await put(index, attempt('a'), 'apple pie')
  const small = { embedder: 'small/3', values: new Float32Array([1, 2, 3]) }
  t.same((await other.search(query('', { vector: small }))).vector, [])
  await index.put(attempt('b', { embedder: 'small/3' }), [chunk(0, 'apple', { vector: small.values })])
  t.same((await seenKeys(other, query('apple', { vector: small }), 2)).vector, ['b:0'])
})

test('an index that was deleted under its writers and readers is made anew', async (t) => {
  const options = domainOptions()
  const [index, other] = [openIndex(t, options), openIndex(t, options)]
  await put(index, attempt('a'), 'apple pie')
  t.same(await seenKeys(other, query('apple'), 1), { text: ['a:0'], vector: ['a:0'] })
  await onNode('DELETE', `/${options.index}`)
  t.same(await other.search(query('apple')), { text: [], vector: [] })
  t.equal(await index.count('a'), 0)
  await put(index, attempt('b'), 'apple pie')
  t.same(await seenKeys(other, query('apple'), 1), { text: ['b:0'], vector: ['b:0'] })
})

test('a large put goes in requests of bounded size, few of them at once', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const options = domainOptions({ url: proxy.url, bulkBytes: 40_000, bulkConcurrency: 2 })
  const index = openIndex(t, options)
  let under = 0
  let most = 0
  proxy.fault = (request, response) => {
    if (!isBulk(request)) return undefined
    most = Math.max(most, ++under)
    return request.forward().then(({ status, body }) => {
      under--
      answer(response, status, body)
    })
  }
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((one) => index.put(attempt(one), texts(60))))
  const sizes = proxy.seen.filter(isBulk).map(({ body }) => Buffer.byteLength(body))
  t.ok(sizes.length > 10)
  t.ok(Math.max(...sizes) <= 40_000)
  t.equal(most, 2)
  t.equal(await index.count('e'), 60)
})

test('items for which there is no room are written again, and only those', async (t) => {
  const proxy = await startFaultProxy(t, endpoints.opensearch)
  const index = openIndex(t, domainOptions({ url: proxy.url }))
  const full = { create: { status: 429, error: { type: 'rejected_execution_exception' } } }
  const sent: number[] = []
  proxy.fault = (request, response) => {
    if (!isBulk(request)) return undefined
    const lines = request.body.trimEnd().split('\n')
    const items = lines.length / 2
    sent.push(items)
    // Half of them, until few are left.
    const taken = items <= 2 ? items : Math.ceil(items / 2)
    return request.forward(`${lines.slice(0, taken * 2).join('\n')}\n`).then(({ status, body }) => {
      const written: { items: unknown[] } = JSON.parse(body)
      const rest = Array.from({ length: items - taken }, () => full)
      answer(response, status, JSON.stringify({ errors: true, items: [...written.items, ...rest] }))
    })
  }
  await index.put(attempt('a'), texts(16))
  t.same(sent, [16, 8, 4, 2])
  t.equal(await index.count('a'), 16)
})

test('an item that is refused fails the put with its name, and without its text', async (t) => {
  const index = openIndex(t, domainOptions())
  const tooLong = attempt('long', { path: 'secret/'.repeat(6000) })
  const error: unknown = await put(index, tooLong, 'apple').catch((thrown: unknown) => thrown)
  t.match(error, { code: 'internal', place: 'long:0', message: /refused long:0/ })
  t.notMatch(String(error), /secret/)
})

test('an attempt of several thousand passages is removed to the last one', async (t) => {
  const index = openIndex(t, domainOptions({ timeoutMs: 60_000 }))
  const plain = Array.from({ length: 4_100 }, (_, n) => chunk(n, `apple ${n}`, { vector: undefined }))
  await index.put(attempt('a', { embedder: 'none' }), plain)
  await put(index, attempt('b'), 'apple')
  t.equal(await index.count('a'), 4_100)
  await index.remove('a')
  t.equal(await index.count('a'), 0)
  t.equal(await index.count('b'), 1)
})

test('vectors come back bit by bit, also where the index keeps another form of them', async (t) => {
  for (const space of ['cosinesimil', 'innerproduct'] as const) {
    const index = openIndex(t, domainOptions({ space }))
    const vector = new Float32Array([0.1, -1e-20, 3.4e38, 1 / 3])
    const unit = new Float32Array([0.1, 0.2, -0.3, 1 / 3])
    await index.put(attempt('a'), [
      chunk(0, 'one', { vector: unit }),
      chunk(1, 'two', { vector: unit.map((x) => -7 * x) }),
    ])
    await index.count('a')
    t.same([...(await index.vectors('a', embedder)).values()], [unit, unit.map((x) => -7 * x)])
    const { vector: hits } = await index.search(query('', { vector: { embedder, values: unit.map((x) => 2 * x) } }))
    t.same(
      hits.map(({ key, score }) => [key, Math.round(score * 1e5) / 1e5]),
      [
        ['a:0', 1],
        ['a:1', -1],
      ],
      space,
    )
    t.equal(vector.length, 4)
  }
})
