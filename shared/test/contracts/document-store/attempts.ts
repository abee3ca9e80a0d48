import { test } from 'tap'
import { present } from '../support.ts'
import { accounting, claimed, head, leaseMs, makePending, makeReady, type OpenDocuments, ref } from './support.ts'

/** The way of an attempt: begun, pending, active, retired. */
export function attemptPromises(name: string, open: OpenDocuments): void {
  test(`${name}: an attempt stands in the record before anything is written under its name`, async (t) => {
    const { store, other } = await open(t)
    const claim = await claimed(store)
    await store.begin(claim, { attempt: 'a1', fingerprint: 'f1' })
    t.match(await other.get(ref), { status: 'processing', current: { attempt: 'a1', fingerprint: 'f1' } })
  })

  test(`${name}: beginning again retires the attempt that was begun before`, async (t) => {
    const { store } = await open(t)
    const claim = await claimed(store)
    await store.begin(claim, { attempt: 'a1', fingerprint: 'f1' })
    const record = await store.begin(claim, { attempt: 'a2', fingerprint: 'f1' })
    t.match(record, { current: { attempt: 'a2' }, retired: [{ attempt: 'a1' }] })
  })

  test(`${name}: a pending attempt does not answer yet, and its looks are counted`, async (t) => {
    const { store } = await open(t)
    const claim = await claimed(store)
    await makePending(store, claim, 'a1')
    await store.looked(claim)
    const record = await store.looked(claim)
    t.match(record, { status: 'verifying', pending: { attempt: 'a1', chunks: 2, looks: 2, accounting } })
    t.equal(record.active, undefined)
    t.equal((await store.active(ref.tenant, [record.id])).get(record.id)?.attempt, undefined)
  })

  test(`${name}: activate makes the pending attempt answer, and retires the former one`, async (t) => {
    const { store, other } = await open(t)
    await makeReady(store, 'a1')
    await store.observe(head(2))
    const claim = await claimed(store)
    await makePending(store, claim, 'a2', 'r2')
    const record = await store.activate(claim)
    t.match(record, { status: 'ready', active: { attempt: 'a2', revision: 'r2', chunks: 2 }, accounting })
    t.same(record.retired, [{ attempt: 'a1' }])
    t.equal(record.pending, undefined)
    t.match((await other.active(ref.tenant, [record.id])).get(record.id), { attempt: 'a2', deleted: false })
  })

  test(`${name}: the former attempt answers until the new one is active`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1')
    const { id } = await store.observe(head(2))
    const claim = await claimed(store)
    await makePending(store, claim, 'a2', 'r2')
    t.equal((await store.active(ref.tenant, [id])).get(id)?.attempt, 'a1')
  })

  test(`${name}: a failure leaves the former attempt answering, and says what and where`, async (t) => {
    const { store, clock } = await open(t)
    await makeReady(store, 'a1')
    const claim = await claimed(store)
    await store.begin(claim, { attempt: 'a2', fingerprint: 'f2' })
    const failure = { code: 'damaged', message: 'cut short', place: 'page 3', fingerprint: 'f2' }
    const record = await store.fail(claim, failure)
    t.match(record, { status: 'failed', failure: { ...failure, at: clock() }, active: { attempt: 'a1' } })
    t.same(record.retired, [{ attempt: 'a2' }])
    t.ok(record.claim, 'the claim stays')
  })

  test(`${name}: retire takes what is under way, and the answering attempt only when asked`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1')
    const claim = await claimed(store)
    await makePending(store, claim, 'a2')
    const first = await store.retire(claim, { active: false })
    t.match(first, { active: { attempt: 'a1' }, retired: [{ attempt: 'a2' }] })
    const second = await store.retire(claim, { active: true })
    t.equal(second.active, undefined)
    t.same(second.retired.map((entry) => entry.attempt).sort(), ['a1', 'a2'])
  })

  test(`${name}: a retired attempt is noted when removed, and leaves the list only when purged`, async (t) => {
    const { store, clock } = await open(t)
    const claim = await claimed(store)
    await store.begin(claim, { attempt: 'a1', fingerprint: 'f1' })
    await store.retire(claim, { active: false })
    const once = await store.removed(claim, 'a1', 'removed')
    t.match(once.retired, [{ attempt: 'a1', removedAt: clock() }])
    t.match((await store.removed(claim, 'a1', 'empty')).retired, [{ attempt: 'a1' }])
    t.same((await store.removed(claim, 'a1', 'purged')).retired, [])
  })

  test(`${name}: release hands an unfinished attempt back, and keeps a pending one`, async (t) => {
    const { store } = await open(t)
    await store.observe(head(1))
    const first = await claimed(store)
    await store.begin(first, { attempt: 'a1', fingerprint: 'f1' })
    const unfinished = await store.release(first, {})
    t.match(unfinished, { status: 'queued', retired: [{ attempt: 'a1' }] })
    t.equal(unfinished.current, undefined)
    const second = await claimed(store)
    await makePending(store, second, 'a2')
    t.match(await store.release(second, {}), { status: 'verifying', pending: { attempt: 'a2' } })
  })

  test(`${name}: a retry is remembered from one claim to the next, and a success forgets it`, async (t) => {
    const { store, clock } = await open(t)
    const retrying = { since: clock(), count: 2, code: 'model_throttled' }
    await store.release(await claimed(store), { retrying, dueAt: clock() + 5 })
    t.same((await store.get(ref))?.retrying, retrying)
    const claim = await claimed(store)
    await makePending(store, claim, 'a1')
    t.equal((await store.activate(claim)).retrying, undefined)
  })

  test(`${name}: progress is read by everybody, and never refused`, async (t) => {
    const { store, other, clock } = await open(t)
    t.equal(await other.readProgress(ref), undefined)
    const claim = await claimed(store)
    const rev = present(await store.get(ref)).rev
    await store.progress(claim, { stage: 'reading', done: 3, total: 9, at: clock() })
    t.same(await other.readProgress(ref), { stage: 'reading', done: 3, total: 9, at: clock() })
    t.equal((await store.get(ref))?.rev, rev, 'the record itself is not written')
    clock.advance(leaseMs)
    await claimed(other, ref, 'worker-2')
    await t.resolves(store.progress(claim, { stage: 'indexing', done: 4, at: clock() }))
  })
}
