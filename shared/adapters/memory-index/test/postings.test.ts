import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { createPostings, frequencyOf, type Postings, rowOf } from '../postings.ts'
import { termCode } from '../term-code.ts'
import { createTopK } from '../top-k.ts'

function read(postings: Postings, term: number): [number, number][] {
  const found: [number, number][] = []
  postings.visit(term, (slice, start, end) => {
    for (const posting of slice.subarray(start, end)) found.push([rowOf(posting), frequencyOf(posting)])
  })
  return found
}

test('every posting is read back, for terms that occur once and terms that fill many pages', async (t) => {
  const postings = createPostings()
  const often = termCode('often')
  const rows = 150_000
  for (let row = 0; row < rows; row++) {
    postings.add(often.lo, often.hi, row, (row % 255) + 1)
    const once = termCode(`once ${row}`)
    postings.add(once.lo, once.hi, row, 255)
  }
  t.equal(postings.terms, rows + 1)
  t.equal(postings.frequency(postings.find(often)), rows)
  const all = read(postings, postings.find(often))
  t.equal(all.length, rows)
  t.ok(all.every(([row, frequency], i) => row === i && frequency === (i % 255) + 1))
  for (let row = 0; row < rows; row += 997) t.same(read(postings, postings.find(termCode(`once ${row}`))), [[row, 255]])
  t.equal(postings.find(termCode('never')), -1)
})

test('terms whose codes share one word are kept apart', async (t) => {
  const postings = createPostings()
  postings.add(7, 1, 0, 1)
  postings.add(7, 2, 1, 2)
  postings.add(7 + 128, 1, 2, 3)
  t.same(read(postings, postings.find({ lo: 7, hi: 1 })), [[0, 1]])
  t.same(read(postings, postings.find({ lo: 7, hi: 2 })), [[1, 2]])
  t.same(read(postings, postings.find({ lo: 135, hi: 1 })), [[2, 3]])
  t.equal(postings.find({ lo: 7, hi: 3 }), -1)
})

test('postings hold what a plain map of lists holds', async () => {
  const rows = fc.array(fc.uniqueArray(fc.nat(40), { maxLength: 15 }), { maxLength: 200 })
  fc.assert(
    fc.property(rows, (documents) => {
      const postings = createPostings()
      const plain = new Map<number, [number, number][]>()
      for (const [row, terms] of documents.entries()) {
        for (const term of terms) {
          const frequency = 1 + ((row + term) % 255)
          postings.add(term % 5, term, row, frequency)
          plain.set(term, [...(plain.get(term) ?? []), [row, frequency]])
        }
      }
      for (const [term, list] of plain) deepStrictEqual(read(postings, postings.find({ lo: term % 5, hi: term })), list)
      const codes = [...postings.codes()].map(({ lo, hi }) => `${lo} ${hi}`)
      deepStrictEqual(codes.sort(), [...plain.keys()].map((term) => `${term % 5} ${term}`).sort())
    }),
  )
})

test('the best k are those that sorting gives, ties by order', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(30), (scores, k) => {
      const best = createTopK(k, (a, b) => a < b)
      const all = scores.map((score, item) => ({ item, score }))
      for (const { item, score } of all.toReversed()) best.offer(item, score)
      deepStrictEqual(best.taken(), all.sort((a, b) => b.score - a.score || a.item - b.item).slice(0, k))
    }),
  )
})
