import { test } from 'tap'
import { plain, present } from '../support.ts'
import { claimed, head, leaseMs, makePending, makeReady, type OpenDocuments, ref } from './support.ts'

/** Deleted means gone, and uploaded again means there again. */
export function deletionPromises(name: string, open: OpenDocuments): void {
  test(`${name}: one write hides the document, retires every attempt and voids the claim`, async (t) => {
    const { store, other, clock } = await open(t)
    await makeReady(store, 'a1')
    const claim = await claimed(store)
    await makePending(store, claim, 'a2')
    await store.begin(claim, { attempt: 'a3', fingerprint: 'f3' })
    const before = present(await store.get(ref))
    const record = present(await other.markDeleted(ref, 'r1'))
    t.equal(record.rev, before.rev + 1, 'it is one write')
    t.same(record.retired.map((entry) => entry.attempt).sort(), ['a1', 'a2', 'a3'])
    t.match(record, {
      incarnation: 1,
      tombstone: { revision: 'r1', receipt: { deletedAt: clock(), invisibleAt: clock() } },
    })
    for (const gone of ['active', 'pending', 'current', 'claim'] as const) t.equal(record[gone], undefined, gone)
    const item = (await store.active(ref.tenant, [record.id])).get(record.id)
    t.same(item, { id: record.id, attempt: undefined, groups: [], incarnation: 1, deleted: true })
  })

  test(`${name}: deleting again keeps the first receipt`, async (t) => {
    const { store, clock } = await open(t)
    await makeReady(store, 'a1')
    const first = await store.markDeleted(ref, 'r1')
    clock.advance(5)
    t.same(plain(await store.markDeleted(ref, 'r1')), plain(first))
  })

  test(`${name}: a bucket event for the deleted revision does not bring the document back`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1')
    const deleted = await store.markDeleted(ref, 'r1')
    t.same(plain(await store.observe(head(1))), plain(deleted))
  })

  test(`${name}: a deleted document is not patched or processed again`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1')
    await store.markDeleted(ref, 'r1')
    t.equal(await store.patch(ref, { title: 'x' }), undefined)
    t.equal(await store.reindex(ref), undefined)
  })

  test(`${name}: a later revision, even of the same bytes, brings the document back in a new life`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1')
    await store.markDeleted(ref, 'r1')
    const record = await store.observe({ ...head(1), revision: 'r2', createdAt: head(2).createdAt })
    t.match(record, { status: 'queued', revision: 'r2', incarnation: 1, retired: [{ attempt: 'a1' }] })
    t.match(record.tombstone, { revision: 'r1' }, 'what is still to be purged is not forgotten')
    t.match((await store.active(ref.tenant, [record.id])).get(record.id), { attempt: undefined, deleted: false })
    t.same((await store.list(ref.tenant, { limit: 10 })).items, [plain(record)])
  })

  test(`${name}: the receipt is complete when objects and every attempt are purged`, async (t) => {
    const { store, clock } = await open(t)
    await makeReady(store, 'a1')
    await store.markDeleted(ref, 'r1')
    const claim = await claimed(store)
    clock.advance(1)
    const objectsPurgedAt = clock()
    await store.objectsPurged(claim)
    const gone = await store.gone(claim, { seen: 'r1' })
    t.equal(gone.status, 'gone')
    t.equal(gone.tombstone?.receipt.chunksPurgedAt, undefined, 'an attempt is left')
    clock.advance(1)
    await store.removed(claim, 'a1', 'removed')
    const record = await store.removed(claim, 'a1', 'purged')
    t.match(record.tombstone?.receipt, { objectsPurgedAt, chunksPurgedAt: clock() })
  })

  test(`${name}: an object that somebody removed in the bucket makes the document gone`, async (t) => {
    const { store, clock } = await open(t)
    await makeReady(store, 'a1')
    const claim = await claimed(store)
    const record = await store.gone(claim, { seen: 'r1' })
    t.match(record, { status: 'gone', retired: [{ attempt: 'a1' }], tombstone: { receipt: { deletedAt: clock() } } })
    t.equal(record.active, undefined)
    t.match((await store.active(ref.tenant, [record.id])).get(record.id), { attempt: undefined, deleted: true })
    await store.release(claim, {})
    t.equal((await store.observe(head(2))).status, 'queued', 'a later upload brings it back')
  })

  test(`${name}: a deletion in the middle of processing is not undone by the holder`, async (t) => {
    const { store, other, clock } = await open(t)
    await makeReady(store, 'a1')
    const claim = await claimed(store)
    await makePending(store, claim, 'a2')
    await other.markDeleted(ref, 'r1')
    await t.rejects(store.activate(claim))
    clock.advance(leaseMs)
    const next = await claimed(store)
    const record = await store.release(next, {})
    t.match(record, { status: 'gone', tombstone: { revision: 'r1' } })
    t.equal(record.active, undefined)
  })
}
