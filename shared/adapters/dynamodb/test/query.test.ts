import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import { byBytes, digest, shardOf, shardsOf } from '../keys.ts'
import { merged, verified } from '../query.ts'
import { tables } from '../tables.ts'

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

test('ordered lists are merged into one that is ordered, with nothing lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer())), async (lists) => {
      const sorted = lists.map((list) => from(list.toSorted((a, b) => a - b)))
      const all = await Array.fromAsync(merged(sorted, (a, b) => a - b))
      return isDeepStrictEqual(
        all,
        lists.flat().sort((a, b) => a - b),
      )
    }),
    { numRuns: 50 },
  )
  t.pass('no lists were found that are not')
})

test('what does not hold any more is replaced from further down, and no more is read than is needed', async (t) => {
  const candidates = Array.from({ length: 1000 }, (_, n) => n)
  let looked = 0
  const found = await verified(from(candidates), 150, async (batch) => {
    looked += batch.length
    return batch.map((n) => (n % 3 === 0 ? undefined : n))
  })
  t.same(found, candidates.filter((n) => n % 3 !== 0).slice(0, 150))
  t.ok(looked <= 230, `${looked} candidates were looked at`)
})

test('a list that ends early gives what there is', async (t) => {
  t.same(await verified(from([1, 2, 3]), 10, async (batch) => batch.map((n) => (n === 2 ? undefined : n))), [1, 3])
  t.same(await verified(from<number>([]), 10, async (batch) => batch), [])
})

test('texts are ordered as their bytes in UTF-8 are', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      return Math.sign(byBytes(a, b)) === Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
  t.ok(byBytes('\u{ffee}', '\u{1f600}') < 0, 'unlike in JavaScript')
  t.end()
})

test('different parts never make the same digest by running together', (t) => {
  t.not(digest('a', 'bc'), digest('ab', 'c'))
  t.not(digest('a', ''), digest('a'))
  t.match(digest('x'.repeat(10_000)), /^[\w-]{22}$/)
  t.end()
})

test('names are spread over all shards, the same name always on the same one', (t) => {
  const counts = new Map(shardsOf(8).map((shard) => [shard, 0]))
  for (let n = 0; n < 8000; n++) {
    const shard = shardOf(`doc_${n}`, 8)
    counts.set(shard, (counts.get(shard) ?? Number.NaN) + 1)
  }
  for (const count of counts.values()) t.ok(count > 800 && count < 1200)
  t.equal(shardOf('x', 8), shardOf('x', 8))
  t.end()
})

test('every key of a table and its indexes is a declared attribute, and no other is declared', (t) => {
  for (const definition of Object.values(tables)) {
    const keys = [definition, ...definition.indexes].flatMap((part) =>
      Object.values({ ...part, rangeKey: 'rangeKey' in part ? part.rangeKey : undefined }),
    )
    const used = Object.keys(definition.attributes).filter((name) => keys.includes(name))
    t.same(used, Object.keys(definition.attributes))
    for (const part of [definition, ...definition.indexes]) {
      t.ok(part.hashKey in definition.attributes)
      if ('rangeKey' in part) t.ok(part.rangeKey in definition.attributes)
    }
  }
  t.end()
})
