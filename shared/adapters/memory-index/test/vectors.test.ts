import { deepStrictEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { hashingVector } from '../../../test/hashing-embedder.ts'
import { createModel, type Model, type Passage, plainCosines } from './support.ts'

const passage = (vector?: Float32Array): Passage => ({ title: '', section: [], text: '', vector })

/** Equal but for single precision. */
function sameAsPlain(model: Model, query: Float32Array): void {
  const found = model.search({ vector: { embedder: 'e', values: query } }).vector
  const plain = plainCosines(model.passages, query)
  deepStrictEqual(found.map(({ key }) => key).sort(), [...plain.keys()].sort())
  for (const { key, score } of found) ok(Math.abs(score - (plain.get(key) ?? 0)) < 1e-4)
}

const value = fc.integer({ min: -9, max: 9 })
const vector = fc
  .array(value, { minLength: 7, maxLength: 7 })
  .filter((values) => values.some((one) => one !== 0))
  .map((values) => Float32Array.from(values))
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ put: fc.nat(5), vectors: fc.array(fc.option(vector, { nil: undefined })) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ compact: fc.constant(true) }) },
  ),
  { maxLength: 20 },
)

test('below the threshold every cosine is exact, through any puts, removals and compactions', async () => {
  fc.assert(
    fc.property(steps, vector, (all, query) => {
      const model = createModel()
      for (const one of all) {
        if ('put' in one) model.put(`a${one.put}`, one.vectors.map(passage))
        else if ('remove' in one) model.remove(`a${one.remove}`)
        else model.partition.compact()
      }
      sameAsPlain(model, query)
    }),
  )
})

/** Numbers that look random and are the same each time. */
function createNoise(): () => number {
  let state = 1
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1
  }
}

function clustered(count: number, dimensions: number): Float32Array[] {
  const noise = createNoise()
  const offset = Float32Array.from({ length: dimensions }, noise)
  const centres = Array.from({ length: 20 }, () => offset.map((one) => one + 1.5 * noise()))
  return Array.from({ length: count }, (_, n) => (centres[n % 20] ?? offset).map((one) => one + noise()))
}

/** Which share of ten hits is as near as the tenth nearest of all. */
function recall(model: Model, queries: readonly Float32Array[], groups?: string[]): number {
  let near = 0
  for (const values of queries) {
    const found = model.search({ vector: { embedder: 'e', values }, groups, depth: 10 }).vector
    const admitted = [...model.passages].filter(([key]) => !groups || groups.includes(key.split(':')[0] ?? ''))
    const cosines = [...plainCosines(new Map(admitted), values).values()].sort((a, b) => b - a)
    near += found.filter(({ score }) => score >= (cosines[9] ?? 0) - 1e-5).length
  }
  return near / queries.length / 10
}

/** Words of a text, some much more frequent than others. */
function sentence(noise: () => number): string {
  return Array.from({ length: 60 }, () => `w${Math.floor(2000 * noise() ** 4)}`).join(' ')
}
const noise = createNoise()

for (const [kind, least, vectors] of [
  ['all of clustered vectors with a common offset', 0.99, clustered(4010, 100)],
  [
    'most of hashed words, which have hardly any neighbours',
    0.7,
    Array.from({ length: 4010 }, () => hashingVector(sentence(noise), 384)),
  ],
] as const) {
  test(`the first pass keeps ${kind}, among the nearest ten; what was removed or filtered out is left aside`, async (t) => {
    const model = createModel({ exactRows: 500, shortlist: 400 })
    const queries = vectors.slice(4000)
    for (let n = 0; n < 40; n++) model.put(`a${n}`, vectors.slice(n * 100, n * 100 + 100).map(passage))
    t.ok(recall(model, queries) >= least)
    for (let n = 0; n < 40; n += 5) model.remove(`a${n}`)
    t.ok(recall(model, queries) >= least)
    const groups = Array.from({ length: 20 }, (_, n) => `a${n}`)
    t.ok(recall(model, queries, groups) >= least)
    model.partition.compact()
    t.ok(recall(model, queries) >= least)
    model.put('late', vectors.slice(3000, 3400).map(passage))
    t.ok(recall(model, queries) >= least)
    const few = model.search({ vector: { embedder: 'e', values: vectors[0] ?? new Float32Array() }, groups: ['a1'] })
    t.equal(few.vector.length, 100)
  })
}

test('the first pass leaves at least the depth', async (t) => {
  const model = createModel({ exactRows: 10, shortlist: 1 })
  const vectors = clustered(3000, 33)
  model.put('a', vectors.map(passage))
  const found = model.search({ vector: { embedder: 'e', values: vectors[0] ?? new Float32Array() }, depth: 300 })
  t.equal(found.vector.length, 300)
  t.equal(found.vector[0]?.key, 'a:0')
})

test('a vector of another length is left out, as a stored one and as a query', async (t) => {
  const model = createModel()
  model.put('a', [passage(Float32Array.of(1, 0)), passage(Float32Array.of(1, 0, 0)), passage(Float32Array.of(0, 0))])
  const search = (...values: number[]) => model.search({ vector: { embedder: 'e', values: Float32Array.from(values) } })
  t.same(search(2, 0).vector, [
    { key: 'a:0', score: 1 },
    { key: 'a:2', score: 0 },
  ])
  t.same(search(1, 0, 0).vector, [])
})
