import { type Test, test } from 'tap'
import type { Reranker } from '../../ports/reranker.ts'

const never = () => new AbortController().signal

const query = 'How many days of annual leave do employees get?'
const passages = [
  'The canteen opens at half past eleven.',
  'Employees get 25 days of annual leave.',
  'Invoices are paid within thirty days.',
  'Ball valves are kept in hall four.',
]

/** What every Reranker promises. */
export function rerankerContract(name: string, make: (t: Test) => Promise<Reranker>): void {
  test(`${name}: the passage that answers comes first, and every passage comes once`, async (t) => {
    const reranker = await make(t)
    const ranking = await reranker.rerank(query, passages, never())
    t.equal(ranking[0]?.index, 1)
    t.same(
      ranking.map(({ index }) => index).sort(),
      passages.map((_, at) => at),
    )
  })

  test(`${name}: scores lie between 0 and 1 and fall; equal passages keep their order`, async (t) => {
    const reranker = await make(t)
    const ranking = await reranker.rerank(query, [...passages, ...passages], never())
    for (const [at, { index, score }] of ranking.entries()) {
      const before = ranking[at - 1]
      t.ok(score >= 0 && score <= 1)
      if (before === undefined) continue
      t.ok(score < before.score || (score === before.score && index > before.index))
    }
  })

  test(`${name}: the same question gets the same ranking, also when several are asked at once`, async (t) => {
    const reranker = await make(t)
    const all = await Promise.all([1, 2, 3].map(() => reranker.rerank(query, passages, never())))
    t.same(all[1], all[0])
    t.same(all[2], all[0])
  })

  test(`${name}: no passages give no ranking, and empty or endless ones are ranked too`, async (t) => {
    const reranker = await make(t)
    t.same(await reranker.rerank(query, [], never()), [])
    const odd = ['', '   ', `${'word '.repeat(40_000)}`, 'Employees get 25 days of annual leave.']
    t.equal((await reranker.rerank(query, odd, never())).length, odd.length)
  })

  test(`${name}: an abort rejects`, async (t) => {
    const reranker = await make(t)
    await t.rejects(reranker.rerank(query, passages, AbortSignal.abort()))
  })

  test(`${name}: names the model that ranks`, async (t) => {
    const reranker = await make(t)
    t.not(reranker.id, '')
  })
}
