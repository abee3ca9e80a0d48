import { type Test, test } from 'tap'
import type { DerivedStore } from '../../ports/object-store.ts'

/** What every DerivedStore promises. `open` gives two connections to one empty store. */
export function derivedStoreContract(
  name: string,
  open: (t: Test) => Promise<{ derived: DerivedStore; other: DerivedStore }>,
): void {
  test(`${name}: what was put is read by everybody, bytes and texts alike`, async (t) => {
    const { derived, other } = await open(t)
    await derived.put('traces/1.json', '{"ü":1}')
    await derived.put('traces/2.bin', Uint8Array.of(0, 255, 10))
    t.equal((await other.get('traces/1.json'))?.toString(), '{"ü":1}')
    t.same([...((await other.get('traces/2.bin')) ?? [])], [0, 255, 10])
  })

  test(`${name}: there is nothing under a key that was never put or is removed`, async (t) => {
    const { derived } = await open(t)
    t.equal(await derived.get('a/b'), undefined)
    await derived.put('a/b', '')
    t.equal((await derived.get('a/b'))?.length, 0)
    await derived.remove('a/b')
    await derived.remove('a/b')
    t.equal(await derived.get('a/b'), undefined)
  })

  test(`${name}: putting again replaces`, async (t) => {
    const { derived } = await open(t)
    await derived.put('a', 'a longer text')
    await derived.put('a', 'short')
    t.equal((await derived.get('a'))?.toString(), 'short')
  })

  test(`${name}: every key is a name of its own, whatever stands in it`, async (t) => {
    const { derived } = await open(t)
    const keys = ['a', 'a/b', 'a/b/c', 'a%2Fb', '../a', '../../../tmp/a', '/a', '.', '..', 'A', 'ü', 'x'.repeat(500)]
    for (const key of keys) await derived.put(key, `of ${key}`)
    for (const key of keys) t.equal((await derived.get(key))?.toString(), `of ${key}`)
  })

  test(`${name}: what was put before a time goes by its prefix, some at a time, and nothing else`, async (t) => {
    const { derived } = await open(t)
    const keys = Array.from({ length: 5 }, (_, n) => `traces/01M8H${n}.json`)
    for (const key of [...keys, 'reports/compare.json', 'traces']) await derived.put(key, 'x')
    const expireAll = async (before: number, limit: number) => {
      let removed = 0
      for (let more = true; more; ) {
        const done = await derived.expire('traces/', before, limit)
        t.ok(done.removed <= limit)
        removed += done.removed
        more = done.more
      }
      return removed
    }
    const hour = 3_600_000
    t.equal(await expireAll(Date.now() - hour, 10), 0, 'nothing is so old')
    t.equal((await derived.get(keys[0] ?? ''))?.toString(), 'x')
    t.equal(await expireAll(Date.now() + hour, 2), 5)
    for (const key of keys) t.equal(await derived.get(key), undefined)
    for (const key of ['reports/compare.json', 'traces']) t.equal((await derived.get(key))?.toString(), 'x')
  })

  test(`${name}: a reader sees one whole body while others write`, async (t) => {
    const { derived, other } = await open(t)
    await derived.put('a', 'x'.repeat(200_000))
    const writes = ['y', 'z', 'x', 'y'].map((letter) => derived.put('a', letter.repeat(200_000)))
    const reads = await Promise.all(Array.from({ length: 20 }, () => other.get('a')))
    await Promise.all(writes)
    const whole = reads
      .map((body) => body?.toString() ?? '')
      .every((body) => /^(x{200000}|y{200000}|z{200000})$/.test(body))
    t.ok(whole)
  })
}
