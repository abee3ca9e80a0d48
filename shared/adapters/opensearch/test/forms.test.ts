import fc from 'fast-check'
import { test } from 'tap'
import { createAnalyzer } from '../../../text/analyze.ts'
import { passageOf } from '../documents.ts'
import { fact, filterOf } from '../filters.ts'
import { indexBody } from '../mapping.ts'
import { visibilityOf } from '../options.ts'
import { cosineOf, indexed, packed, unpacked } from '../vectors.ts'
import { queryWords, wordsOf } from '../words.ts'
import { domainOptions } from './open.ts'

const analyzer = createAnalyzer('english')

test('a vector survives being packed, bit by bit', (t) => {
  fc.assert(
    fc.property(fc.float32Array(), (vector) => {
      const back = unpacked(packed(vector))
      return back.length === vector.length && back.every((value, i) => Object.is(value, vector[i]))
    }),
  )
  t.pass()
  t.end()
})

test('nine digits are enough for a vector in the index; one without a direction is left out', (t) => {
  const vector = new Float32Array([0.1, 1 / 3, -2e-7, 12345.678])
  t.same(Float32Array.from(indexed(vector, 'cosinesimil') ?? []), vector)
  const unit = indexed(vector, 'innerproduct') ?? []
  t.ok(Math.abs(Math.hypot(...unit) - 1) < 1e-6)
  for (const none of [
    new Float32Array(3),
    new Float32Array([Number.NaN, 1]),
    new Float32Array([Number.POSITIVE_INFINITY]),
  ]) {
    t.equal(indexed(none, 'cosinesimil'), undefined)
  }
  t.end()
})

test('scores of the index are turned back into the cosine that they were made from', (t) => {
  for (const cosine of [-1, -0.25, 0, 0.5, 1]) {
    t.equal(cosineOf((1 + cosine) / 2, 'cosinesimil'), cosine)
    const product = cosine >= 0 ? 1 + cosine : 1 / (1 - cosine)
    t.ok(Math.abs(cosineOf(product, 'innerproduct') - cosine) < 1e-12)
  }
  t.end()
})

test('words are the terms of our own analyzer, those of headings twice', (t) => {
  t.equal(
    wordsOf(analyzer, { title: 'Trips', section: ['Trains'], text: 'Paid 1,234.50' }),
    'paid 1234.50 1234.5 trip train train',
  )
  t.equal(queryWords(analyzer, 'what is the'), undefined)
  t.equal(queryWords(analyzer, 'apple, apples & pears'), 'appl appl pear')
  const long = Array.from({ length: 2000 }, (_, n) => `w${n}x`).join(' ')
  t.equal(new Set(queryWords(analyzer, `${long} w1x`)?.split(' ')).size, 900)
  t.end()
})

test('no word has a blank in it, whatever the text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const words = wordsOf(analyzer, { title: '', section: [], text })
      return words === '' || words.split(/\s/u).length === analyzer.terms(text).length
    }),
  )
  t.pass()
  t.end()
})

test('a fact has a type, and filters hold for tenant, rights and every wish', (t) => {
  t.not(fact('year', 2024), fact('year', '2024'))
  t.not(fact('final', true), fact('final', 'true'))
  const filters = { document_ids: [], path: 'hr/', types: ['text/csv'], tags: ['a', 'b'], metadata: { x: [1, '1'] } }
  t.same(filterOf({ tenant: 'acme', groups: ['ops'], filters }), [
    { term: { tenant: 'acme' } },
    { terms: { audience: ['', 'ops'] } },
    { terms: { documentId: [] } },
    { prefix: { path: { value: 'hr/' } } },
    { terms: { contentType: ['text/csv'] } },
    { term: { tags: 'a' } },
    { term: { tags: 'b' } },
    { terms: { facts: ['["x",1]', '["x","1"]'] } },
  ])
  t.same(filterOf({ tenant: 'acme', groups: undefined }), [{ term: { tenant: 'acme' } }])
  t.end()
})

test('a collection is told neither shards nor refreshes, and no engine when it is to choose', (t) => {
  const options = domainOptions({ url: 'http://127.0.0.1:9', dimensions: [8], engine: 'faiss', shards: 3, replicas: 2 })
  t.match(indexBody(options, 'english/1'), {
    settings: { index: { knn: true, number_of_shards: 3, number_of_replicas: 2, refresh_interval: '1s' } },
    mappings: { properties: { vector_8: { method: { name: 'hnsw', engine: 'faiss', space_type: 'cosinesimil' } } } },
  })
  const { settings, mappings } = indexBody({ ...options, dialect: 'serverless', engine: 'provider' }, 'english/1')
  t.same(settings, { index: { knn: true } })
  t.match(mappings, { properties: { vector_8: { method: { engine: undefined } } } })
  t.end()
})

test('what is visible after how long is what the dialect promises, or what is configured', (t) => {
  t.equal(visibilityOf({ dialect: 'domain', visibilityMs: 0 }), 2_000)
  t.equal(visibilityOf({ dialect: 'serverless', visibilityMs: 0 }), 60_000)
  t.equal(visibilityOf({ dialect: 'serverless', visibilityMs: 500 }), 500)
  t.end()
})

test('a stored document that is not one of ours is no passage', (t) => {
  t.throws(() => passageOf({ key: 'a:0' }), { code: 'search_unavailable' })
  t.end()
})
