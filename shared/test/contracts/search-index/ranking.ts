import { test } from 'tap'
import { attempt, chunk, keys, type OpenIndex, put, query, seen, seenKeys } from './corpus.ts'

/** What is found, in which order, and by whose statistics. */
export function rankingPromises(name: string, open: OpenIndex): void {
  test(`${name}: rare words count for more, and repeated ones for more than once`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'common zebra', 'common horse', 'common horse', 'zebra zebra zebra horse')
    const found = await seenKeys(index, query('common zebra', { vector: undefined }), 4)
    t.same(found, { text: ['a:0', 'a:3', 'a:1', 'a:2'], vector: [] })
  })

  test(`${name}: words of the title and of the headings find a passage, too`, async (t) => {
    const { index } = await open(t)
    await index.put(attempt('a', { title: 'Travel policy' }), [
      chunk(0, 'Trains come first.'),
      chunk(1, 'Ask before you book.', { section: ['Rules', 'Hotels'] }),
    ])
    t.same((await seenKeys(index, query('hotel'), 1)).text, ['a:1'])
    t.same((await keys(index, query('travelling'))).text.sort(), ['a:0', 'a:1'])
  })

  test(`${name}: equal scores come in the order of their keys`, async (t) => {
    const { index } = await open(t)
    const texts = Array.from({ length: 12 }, () => 'the same words')
    for (const one of ['b', 'a', 'ab']) await put(index, attempt(one), ...texts)
    const wanted = ['b', 'a', 'ab'].flatMap((one) => texts.map((_, ordinal) => `${one}:${ordinal}`)).sort()
    t.same(await seenKeys(index, query('same words'), 36), { text: wanted, vector: wanted })
    const first = wanted.slice(0, 7)
    t.same(await keys(index, query('same words', { depth: 7 })), { text: first, vector: first })
  })

  test(`${name}: scores fall, hits name their document, and each query gives at most the depth`, async (t) => {
    const { index } = await open(t)
    const texts = Array.from({ length: 40 }, (_, n) => `wheel ${'filler '.repeat(n % 9)} ${n % 3 ? 'bicycle' : 'car'}`)
    await put(index, attempt('a'), ...texts)
    await seenKeys(index, query('wheel'), 40)
    const { text, vector } = await index.search(query('bicycle wheel', { depth: 15 }))
    for (const hits of [text, vector]) {
      t.equal(hits.length, 15)
      t.ok(hits.every(({ score }, i) => i === 0 || score <= (hits[i - 1]?.score ?? 0)))
      t.ok(hits.every((hit) => hit.attempt === 'a' && hit.documentId === 'doc_a' && /^a:\d+$/.test(hit.key)))
    }
  })

  test(`${name}: the score of a vector is its cosine, whatever its length`, async (t) => {
    const { index } = await open(t)
    const vector = new Float32Array(384)
    vector.set([3, 4])
    await index.put(attempt('a'), [chunk(0, 'x', { vector })])
    await seenKeys(index, query('x'), 1)
    const values = new Float32Array(384)
    values[0] = 0.5
    const { vector: hits } = await index.search(query('', { vector: { embedder: 'hashing/384', values } }))
    t.equal(hits.length, 1)
    t.ok(Math.abs((hits[0]?.score ?? 0) - 0.6) < 1e-5)
  })

  test(`${name}: vectors of different embedders are never compared`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'apple')
    await put(index, attempt('b', { embedder: 'other/384' }), 'apple')
    await index.put(attempt('c', { embedder: 'none' }), [chunk(0, 'apple', { vector: undefined })])
    const found = await seenKeys(index, query('apple'), 3)
    t.same(found, { text: ['a:0', 'b:0', 'c:0'], vector: ['a:0'] })
  })

  test(`${name}: nothing is found by words that say nothing, or by none`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'what is the apple')
    await seenKeys(index, query('apple'), 1)
    for (const text of ['', '  ?!', 'what is the', 'xylophone']) {
      t.same((await keys(index, query(text, { vector: undefined }))).text, [], text)
    }
  })

  test(`${name}: no tenant finds another's passages`, async (t) => {
    const { index } = await open(t)
    for (const tenant of ['acme', 'globex']) await put(index, attempt(`of-${tenant}`, { tenant }), 'apple pie')
    for (const tenant of ['acme', 'globex']) {
      const own = [`of-${tenant}:0`]
      t.same(await seenKeys(index, query('apple', { tenant }), 1), { text: own, vector: own })
    }
    t.same(await keys(index, query('apple', { tenant: 'initech' })), { text: [], vector: [] })
  })
}

/** Promises of an index that keeps exact statistics for each tenant. */
export function statisticsPromises(name: string, open: OpenIndex): void {
  test(`${name}: no tenant's scores change with another's documents`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'apple pie', 'pear tart', 'plum cake')
    await seenKeys(index, query('apple'), 1)
    const before = await index.search(query('apple tart'))
    for (let n = 0; n < 5; n++) {
      await put(index, attempt(`b${n}`, { tenant: 'globex' }), ...Array.from({ length: 20 }, () => 'apple tart'))
    }
    await seenKeys(index, query('apple', { tenant: 'globex' }), 100)
    t.same(await index.search(query('apple tart')), before)
  })

  test(`${name}: scores do not remember what was removed`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'apple pie', 'pear tart', 'plum cake with apple')
    await seenKeys(index, query('apple'), 2)
    const before = await index.search(query('apple tart'))
    await put(index, attempt('b'), ...Array.from({ length: 200 }, (_, n) => `apple number ${n} of the tart`))
    await seenKeys(index, query('apple'), 202)
    await index.remove('b')
    const after = await seen(
      index,
      () => index.search(query('apple tart')),
      ({ text }) => text.length === 3,
    )
    t.same(after, before)
  })
}
