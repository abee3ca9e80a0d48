import { join } from 'node:path'
import { test } from 'tap'
import { attempt, chunk, put, query, seenKeys } from '../../../test/contracts/search-index/corpus.ts'
import { createMemoryIndex } from '../../memory-index/index.ts'
import { domainOptions, openIndex } from './open.ts'

test('text has the same score as in the embedded index', async (t) => {
  const index = openIndex(t, domainOptions())
  const embedded = createMemoryIndex({ file: join(t.testdir({}), 'index.db'), language: 'english' })
  t.teardown(() => embedded.close())
  // Lucene rounds lengths beyond 40 terms.
  const texts = [
    'The invoice INV-2024-001 amounts to 1,234.50 euros.',
    'Travelling by train is cheaper than travelling by plane.',
    'Invoices are paid within 30 days; travel is paid at once.',
    'Trains, trains, trains.',
  ]
  const about = attempt('a', { title: 'Travel policy' })
  const chunks = texts.map((text, n) => chunk(n, text, { section: n % 2 === 0 ? ['Paying'] : [], vector: undefined }))
  for (const one of [index, embedded]) await one.put(about, chunks)
  for (const asked of ['inv-2024-001', '1234.5 euro', 'how are trains paid', 'travel travel invoice', 'policy']) {
    const only = query(asked, { vector: undefined })
    const right = (await embedded.search(only)).text
    await seenKeys(index, only, right.length)
    const found = (await index.search(only)).text
    t.ok(right.length > 0)
    t.same(
      found.map(({ key, score }) => [key, score.toFixed(4)]),
      right.map(({ key, score }) => [key, score.toFixed(4)]),
      asked,
    )
  }
})

test('many equals are given in the order of their keys, however few of them are asked for', async (t) => {
  const index = openIndex(t, domainOptions())
  const texts = Array.from({ length: 900 }, () => 'the same words')
  await put(index, attempt('a'), ...texts)
  await put(index, attempt('b'), 'the very same words', ...texts.slice(0, 100))
  const wanted = texts.map((_, n) => `a:${n}`).sort()
  await seenKeys(index, query('same words'), 1000)
  const { text, vector } = await index.search(query('same words', { depth: 300 }))
  for (const hits of [text, vector]) {
    t.same(
      hits.map(({ key }) => key),
      wanted.slice(0, 300),
    )
  }
})

test('two thousand hits of each query come back at once', async (t) => {
  const index = openIndex(t, domainOptions())
  const texts = Array.from({ length: 2100 }, (_, n) => `apple ${'filler '.repeat(n % 40)} number ${n}`)
  await put(index, attempt('a'), ...texts)
  await index.count('a')
  const { text, vector } = await index.search(query('apple', { depth: 2000 }))
  t.equal(text.length, 2000)
  t.equal(vector.length, 2000)
})

test('a question of thousands of words is answered by its first ones', async (t) => {
  const index = openIndex(t, domainOptions())
  await put(index, attempt('a'), 'apple pie', 'word1500')
  await index.count('a')
  const long = `apple ${Array.from({ length: 3000 }, (_, n) => `word${n}`).join(' ')}`
  t.same(
    (await index.search(query(long, { vector: undefined }))).text.map(({ key }) => key),
    ['a:0'],
  )
})
