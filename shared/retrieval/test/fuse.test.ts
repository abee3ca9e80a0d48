import fc from 'fast-check'
import { test } from 'tap'
import { fuse } from '../fuse.ts'

const hit = (key: string, score: number) => ({ key, documentId: `d${key}`, attempt: `a${key}`, score })

test('two rankings are fused by the weighted sum of their min-max scaled scores', async (t) => {
  const text = [hit('a', 10), hit('b', 6), hit('c', 2)]
  const vector = [hit('c', 0.9), hit('d', 0.5), hit('a', 0.1)]
  const fused = fuse(text, vector)
  t.same(
    fused.map(({ key, score }) => [key, score]),
    [
      ['a', 0.5],
      ['c', 0.5],
      ['b', 0.25],
      ['d', 0.25],
    ],
  )
  t.same(fused[0]?.scores, { text: 10, vector: 0.1 })
})

test('one ranking alone keeps its order, scaled by its best', async (t) => {
  const fused = fuse([hit('a', 8), hit('b', 4)], [])
  t.same(
    fused.map(({ key, score }) => [key, score]),
    [
      ['a', 1],
      ['b', 0.5],
    ],
  )
})

test('whatever the rankings, each key comes once, in a stable order, with a score from 0 to 1', async () => {
  const ranking = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.double({ min: -1, max: 50, noNaN: true })), {
      selector: ([key]) => key,
    })
    .map((pairs) => pairs.map(([key, score]) => hit(String(key), score)).sort((a, b) => b.score - a.score))
  fc.assert(
    fc.property(ranking, ranking, (text, vector) => {
      const fused = fuse(text, vector)
      const keys = new Set([...text, ...vector].map(({ key }) => key))
      if (fused.length !== keys.size) return false
      const again = fuse(
        [...text].reverse().sort((a, b) => b.score - a.score),
        vector,
      )
      if (JSON.stringify(again) !== JSON.stringify(fused)) return false
      return fused.every(({ score }, i) => score >= 0 && score <= 1 + 1e-9 && score <= (fused[i - 1]?.score ?? 2))
    }),
  )
})
