import { test } from 'tap'
import { type Claim, ClaimLost, type DocumentStore } from '../../../ports/document-store.ts'
import { plain, present } from '../support.ts'
import { accounting, claimed, head, leaseMs, makePending, makeReady, type OpenDocuments, ref } from './support.ts'

const claimedVerbs: Record<string, (store: DocumentStore, claim: Claim) => Promise<unknown>> = {
  extend: (store, claim) => store.extend(claim, leaseMs),
  adopt: (store, claim) => store.adopt(claim, head(9)),
  begin: (store, claim) => store.begin(claim, { attempt: 'late', fingerprint: 'f' }),
  pending: (store, claim) => store.pending(claim, { chunks: 1, accounting, revision: 'r1', embedder: 'none' }),
  looked: (store, claim) => store.looked(claim),
  activate: (store, claim) => store.activate(claim),
  retire: (store, claim) => store.retire(claim, { active: true }),
  removed: (store, claim) => store.removed(claim, 'a0', 'removed'),
  objectsPurged: (store, claim) => store.objectsPurged(claim),
  gone: (store, claim) => store.gone(claim, { seen: 'r1' }),
  release: (store, claim) => store.release(claim, {}),
  fail: (store, claim) => store.fail(claim, { code: 'damaged', message: 'late', fingerprint: 'f' }),
}

/** One holder, and what becomes of the work of one that is gone. */
export function claimPromises(name: string, open: OpenDocuments): void {
  test(`${name}: a claimed document tells others until when it is held`, async (t) => {
    const { store, other, clock } = await open(t)
    await claimed(store)
    t.same(await other.claim(ref, { holder: 'worker-2', leaseMs }), { heldUntil: clock() + leaseMs })
  })

  test(`${name}: of many who claim at once exactly one gets the document`, async (t) => {
    const { store, other } = await open(t)
    await store.observe(head(1))
    const tries = Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? store : other).claim(ref, { holder: `worker-${n}`, leaseMs }),
    )
    const got = await Promise.all(tries)
    t.equal(got.filter((result) => 'claim' in result).length, 1)
  })

  test(`${name}: claiming a document that nobody has seen yet makes its record`, async (t) => {
    const { store } = await open(t)
    const got = await store.claim(ref, { holder: 'worker-1', leaseMs })
    t.match(got, { claim: ref, record: { ...ref, status: 'queued', rev: 1 } })
    t.match(await store.get(ref), ref)
  })

  test(`${name}: a released document can be claimed at once`, async (t) => {
    const { store, other } = await open(t)
    const claim = await claimed(store)
    t.equal((await store.release(claim, {})).claim, undefined)
    t.ok('claim' in (await other.claim(ref, { holder: 'worker-2', leaseMs })))
  })

  test(`${name}: an extended claim outlasts its first lease`, async (t) => {
    const { store, other, clock } = await open(t)
    const claim = await claimed(store)
    clock.advance(leaseMs - 1)
    await store.extend(claim, leaseMs)
    clock.advance(leaseMs - 1)
    t.ok('heldUntil' in (await other.claim(ref, { holder: 'worker-2', leaseMs })))
    clock.advance(1)
    t.ok('claim' in (await other.claim(ref, { holder: 'worker-2', leaseMs })))
  })

  test(`${name}: what an expired claim left unfinished is retired, and counted as a crash`, async (t) => {
    const { store, other, clock } = await open(t)
    await store.observe(head(1))
    for (const crash of [1, 2, 3]) {
      const claim = await claimed(store)
      await store.begin(claim, { attempt: `a${crash}`, fingerprint: 'f1' })
      clock.advance(leaseMs)
    }
    const { record } = present(await firstClaim(other))
    t.same(record.crashes, { fingerprint: 'f1', count: 3 })
    t.equal(record.current, undefined)
    t.same(
      record.retired.map((entry) => entry.attempt),
      ['a1', 'a2', 'a3'],
    )
  })

  test(`${name}: a crash with another fingerprint is counted from the beginning`, async (t) => {
    const { store, clock } = await open(t)
    for (const fingerprint of ['f1', 'f1', 'f2']) {
      const claim = await claimed(store)
      await store.begin(claim, { attempt: `a-${clock()}`, fingerprint })
      clock.advance(leaseMs)
    }
    t.same((await firstClaim(store))?.record.crashes, { fingerprint: 'f2', count: 1 })
  })

  test(`${name}: a crash before any attempt was named is not counted`, async (t) => {
    const { store, clock } = await open(t)
    await claimed(store)
    clock.advance(leaseMs)
    const { record } = present(await firstClaim(store))
    t.equal(record.crashes, undefined)
    t.same(record.retired, [])
  })

  test(`${name}: a pending attempt outlives the crash of its holder`, async (t) => {
    const { store, other, clock } = await open(t)
    const claim = await claimed(store)
    await makePending(store, claim, 'a1')
    clock.advance(leaseMs)
    const { record } = present(await firstClaim(other))
    t.match(record.pending, { attempt: 'a1', fingerprint: 'of a1', chunks: 2 })
    t.equal(record.crashes, undefined)
  })

  for (const [verb, call] of Object.entries(claimedVerbs)) {
    test(`${name}: ${verb} is refused once another holder took over`, async (t) => {
      const { store, other, clock } = await open(t)
      await makeReady(store, 'a0')
      const claim = await claimed(store)
      await makePending(store, claim, 'a1')
      clock.advance(leaseMs)
      await claimed(other, ref, 'worker-2')
      const before = await store.get(ref)
      await t.rejects(call(store, claim), ClaimLost)
      t.same(await store.get(ref), before, 'the record stays as it was')
    })

    test(`${name}: ${verb} is refused once the document is deleted`, async (t) => {
      const { store, other } = await open(t)
      await makeReady(store, 'a0')
      const claim = await claimed(store)
      await makePending(store, claim, 'a1')
      const deleted = await other.markDeleted(ref, 'r1')
      await t.rejects(call(store, claim), ClaimLost)
      t.same(await store.get(ref), plain(deleted), 'the record stays as it was')
    })
  }

  test(`${name}: a released claim is no claim any more`, async (t) => {
    const { store } = await open(t)
    const claim = await claimed(store)
    await store.release(claim, {})
    await t.rejects(store.begin(claim, { attempt: 'late', fingerprint: 'f' }), ClaimLost)
  })
}

async function firstClaim(store: DocumentStore) {
  const got = await store.claim(ref, { holder: 'worker-9', leaseMs })
  return 'claim' in got ? got : undefined
}
