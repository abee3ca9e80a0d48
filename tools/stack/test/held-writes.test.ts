import { test } from 'tap'
import { createHeldWrites, type Write } from '../serverless/held-writes.ts'

const put = (id: string, index = 'docs'): Write => ({ index, id, source: '{}' })
const removal = (id: string): Write => ({ index: 'docs', id })

/** Held writes whose applications are noted, and fail as often as wanted. */
function noted(failures = 0) {
  const applied: string[] = []
  let left = failures
  const held = createHeldWrites(async (writes) => {
    if (left-- > 0) throw new Error('the node is away')
    applied.push(...writes.map(({ id, source }) => (source === undefined ? `-${id}` : id)))
  }, 1)
  return { applied, held }
}

test('writes are applied in their order, whatever their lags', async (t) => {
  const { applied, held } = noted()
  const first = held.hold([put('a'), put('b')], 20)
  await held.hold([removal('a'), put('c')], 0)
  await first
  t.same(applied, ['a', 'b', '-a', 'c'])
  held.close()
})

test('nothing is applied before its time, and a flush brings all of it forward', async (t) => {
  const { applied, held } = noted()
  const seen = held.hold([put('a')], 600_000)
  await held.hold([], 0)
  t.same(applied, [])
  t.equal(held.pending(), 1)
  await held.flush()
  await seen
  t.same(applied, ['a'])
  t.equal(held.pending(), 0)
  held.close()
})

test('what could not be applied is tried again, and in the same order', async (t) => {
  const { applied, held } = noted(3)
  void held.hold([put('a')], 0)
  await held.hold([put('b')], 0)
  t.same(applied, ['a', 'b'])
  held.close()
})

test('the newest held write of a document is known until it is applied', async (t) => {
  const { held } = noted()
  t.equal(held.outcome('docs', 'a'), undefined)
  void held.hold([put('a')], 600_000)
  t.equal(held.outcome('docs', 'a'), 'put')
  t.equal(held.outcome('other', 'a'), undefined)
  void held.hold([removal('a')], 0)
  t.equal(held.outcome('docs', 'a'), 'removed')
  await held.flush()
  t.equal(held.outcome('docs', 'a'), undefined)
  held.close()
})

test('what was held for an index that is gone never arrives', async (t) => {
  const { applied, held } = noted()
  const dropped = held.hold([put('a')], 600_000)
  void held.hold([put('b', 'other')], 0)
  await held.drop('docs')
  await dropped
  await held.flush()
  t.same(applied, ['b'])
  held.close()
})
