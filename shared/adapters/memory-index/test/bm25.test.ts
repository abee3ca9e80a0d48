import { deepStrictEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { createModel, type Model, plainBm25 } from './support.ts'

const word = fc.constantFrom(...Array.from({ length: 20 }, (_, n) => `w${'abcdefghijklmnopqrst'[n]}`))
const words = (maxLength: number) => fc.array(word, { maxLength }).map((list) => list.join(' '))
const passage = fc.record({ title: words(2), section: fc.array(words(2), { maxLength: 2 }), text: words(30) })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.nat(9), passages: fc.array(passage, { minLength: 1, maxLength: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ compact: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ search: words(6) }) },
)

/** Scores equal but for single precision, and the order that they and the keys demand. */
function sameAsPlain(model: Model, text: string): void {
  const found = model.search({ text }).text
  const plain = plainBm25(model.passages, text)
  deepStrictEqual(found.map(({ key }) => key).sort(), [...plain.keys()].sort())
  for (const { key, score } of found) ok(Math.abs(score - (plain.get(key) ?? 0)) < 1e-4, `${key} ${score}`)
  for (const [i, { key, score }] of found.entries()) {
    const before = found[i - 1]
    ok(!before || before.score > score || (before.score === score && before.key < key))
  }
}

test('scores are those of BM25 by its definition, through any puts, removals and compactions', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), words(6), (steps, last) => {
      const model = createModel()
      for (const one of steps) {
        if ('put' in one) model.put(`a${one.put}`, one.passages)
        else if ('remove' in one) model.remove(`a${one.remove}`)
        else if ('compact' in one) model.partition.compact()
        else sameAsPlain(model, one.search)
      }
      sameAsPlain(model, last)
    }),
    { numRuns: 300 },
  )
})

test('compaction changes no score, order or statistic, and frees the rows of what was removed', async (t) => {
  const model = createModel()
  const [passages] = fc.sample(fc.array(passage, { minLength: 600, maxLength: 600 }), { numRuns: 1, seed: 5 })
  for (let n = 0; n < 60; n++) model.put(`a${n}`, passages?.slice(n * 10, n * 10 + 10) ?? [])
  t.equal(model.partition.wasteful, false)
  for (let n = 0; n < 60; n += 2) model.remove(`a${n}`)
  t.equal(model.partition.wasteful, true)
  const before = model.search({ text: 'wa wb wc wa' })
  t.equal(model.partition.rows, 600)
  model.partition.compact()
  t.equal(model.partition.rows, 300)
  t.equal(model.partition.wasteful, false)
  t.ok(before.text.length > 100)
  t.same(model.search({ text: 'wa wb wc wa' }), before)
  model.put('late', [{ title: '', section: [], text: 'wa' }])
  t.equal(model.search({ text: 'wa' }).text.filter(({ key }) => key === 'late:0').length, 1)
})

test('a term that a query repeats counts as often', async (t) => {
  const model = createModel()
  model.put('a', [
    { title: '', section: [], text: 'red' },
    { title: '', section: [], text: 'blue' },
  ])
  const score = (text: string) => model.search({ text }).text.find(({ key }) => key === 'a:0')?.score ?? 0
  t.ok(Math.abs(score('red red red') - 3 * score('red')) < 1e-6)
})
