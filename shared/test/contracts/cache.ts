import { type Test, test } from 'tap'
import type { Cache } from '../../ports/cache.ts'

interface Opened {
  cache: Cache
  other: Cache
  pass(ms: number): Promise<void>
}

/** What every Cache promises. `open` gives two connections to one empty cache. */
export function cacheContract(name: string, open: (t: Test) => Promise<Opened>): void {
  test(`${name}: a value is given to everybody until its time is over`, async (t) => {
    const { cache, other, pass } = await open(t)
    await cache.put('k', 'välue', 2000)
    t.equal(await other.get('k'), 'välue')
    await pass(1000)
    t.equal(await other.get('k'), 'välue')
    await pass(1000)
    t.equal(await other.get('k'), undefined)
    t.equal(await cache.get('k'), undefined)
  })

  test(`${name}: there is nothing under a key that was never put, or is removed`, async (t) => {
    const { cache, other } = await open(t)
    t.equal(await cache.get('k'), undefined)
    await cache.put('k', 'v', 2000)
    await other.remove('k')
    await other.remove('k')
    t.equal(await cache.get('k'), undefined)
  })

  test(`${name}: putting again replaces value and time`, async (t) => {
    const { cache, pass } = await open(t)
    await cache.put('k', 'old', 1000)
    await cache.put('k', 'new', 3000)
    await pass(1500)
    t.equal(await cache.get('k'), 'new')
    await cache.put('k', 'short', 500)
    await pass(500)
    t.equal(await cache.get('k'), undefined)
  })

  test(`${name}: a value without time to live is never given`, async (t) => {
    const { cache } = await open(t)
    await cache.put('k', 'v', 0)
    t.equal(await cache.get('k'), undefined)
  })

  test(`${name}: expired values do not come back when others are put`, async (t) => {
    const { cache, pass } = await open(t)
    for (let n = 0; n < 50; n++) await cache.put(`old-${n}`, 'v', 1000)
    await pass(1000)
    for (let n = 0; n < 20; n++) await cache.put(`new-${n}`, 'v', 1000)
    const old = await Promise.all(Array.from({ length: 50 }, (_, n) => cache.get(`old-${n}`)))
    t.ok(old.every((value) => value === undefined))
    t.equal(await cache.get('new-19'), 'v')
  })
}
