import { test } from 'tap'
import { plain, present } from '../support.ts'
import { claimed, head, makeReady, type OpenDocuments, ref } from './support.ts'

/** What callers ask for: observe, patch, reindex. */
export function wishPromises(name: string, open: OpenDocuments): void {
  test(`${name}: a revision not seen yet makes the document queued, with all that came with it`, async (t) => {
    const { store, other } = await open(t)
    const attributes = { title: 'Handbook', groups: ['staff'], tags: ['hr'], metadata: { year: 2026, draft: true } }
    await store.observe(head(1, { attributes }))
    const record = present(await other.get(ref))
    t.match(record, { ...ref, status: 'queued', revision: 'r1', size: 10, sha256: 'sha-1', version: 1, ...attributes })
    t.same(await other.byId(ref.tenant, record.id), record)
  })

  test(`${name}: observing the same revision again changes nothing`, async (t) => {
    const { store } = await open(t)
    const first = await store.observe(head(1))
    t.same(plain(await store.observe(head(1))), plain(first))
  })

  test(`${name}: an older revision that is observed late changes nothing`, async (t) => {
    const { store } = await open(t)
    const newest = await store.observe(head(2))
    t.same(plain(await store.observe(head(1))), plain(newest))
  })

  test(`${name}: a revision without our metadata keeps what the record says`, async (t) => {
    const { store } = await open(t)
    await store.observe(head(1, { attributes: { title: 'Handbook', groups: ['staff'], tags: ['hr'] } }))
    const record = await store.observe(head(2))
    t.match(record, { title: 'Handbook', groups: ['staff'], tags: ['hr'], revision: 'r2', version: 2 })
  })

  test(`${name}: a new revision takes back the failure of the one before`, async (t) => {
    const { store } = await open(t)
    await store.observe(head(1))
    const claim = await claimed(store)
    await store.fail(claim, { code: 'damaged', message: 'cut short', fingerprint: 'f1' })
    await store.release(claim, {})
    const record = await store.observe(head(2))
    t.equal(record.status, 'queued')
    t.equal(record.failure, undefined)
  })

  test(`${name}: the holder's look counts as the newest, whatever its time`, async (t) => {
    const { store } = await open(t)
    await store.observe(head(2))
    const claim = await claimed(store)
    const record = await store.adopt(claim, head(1))
    t.equal(record.revision, 'r1')
  })

  test(`${name}: narrowed groups hold at once, before the document is processed again`, async (t) => {
    const { store, other } = await open(t)
    await makeReady(store, 'a1')
    const record = present(await store.patch(ref, { groups: ['board'], title: 'New' }))
    t.match(record, { status: 'queued', groups: ['board'], title: 'New' })
    const item = (await other.active(ref.tenant, [record.id])).get(record.id)
    t.match(item, { attempt: 'a1', groups: ['board'], deleted: false })
  })

  test(`${name}: a patch changes nothing else`, async (t) => {
    const { store } = await open(t)
    await makeReady(store, 'a1', head(1, { attributes: { title: 'T', tags: ['x'], metadata: { year: 1 } } }))
    const record = present(await store.patch(ref, { tags: ['y'] }))
    t.match(record, { title: 'T', tags: ['y'], metadata: { year: 1 }, active: { attempt: 'a1' }, revision: 'r1' })
  })

  test(`${name}: reindex asks for new processing, and takes back failure and crashes`, async (t) => {
    const { store } = await open(t)
    await store.observe(head(1))
    const claim = await claimed(store)
    await store.fail(claim, { code: 'damaged', message: 'cut short', fingerprint: 'f1' })
    const failed = await store.release(claim, {})
    const record = present(await store.reindex(ref))
    t.equal(record.nonce, failed.nonce + 1)
    t.equal(record.status, 'queued')
    t.equal(record.failure, undefined)
  })

  test(`${name}: there is nothing to patch, reindex or delete where no document is`, async (t) => {
    const { store } = await open(t)
    t.equal(await store.patch(ref, { title: 'x' }), undefined)
    t.equal(await store.reindex(ref), undefined)
    t.equal(await store.markDeleted(ref, undefined), undefined)
    t.equal(await store.get(ref), undefined)
  })

  test(`${name}: every write of a record raises its rev`, async (t) => {
    const { store } = await open(t)
    const revs = [(await store.observe(head(1))).rev]
    revs.push(present(await store.patch(ref, { title: 'x' })).rev)
    revs.push(present(await store.reindex(ref)).rev)
    revs.push(present(await store.markDeleted(ref, 'r1')).rev)
    revs.push((await store.observe(head(2))).rev)
    t.same(revs, [1, 2, 3, 4, 5])
  })

  test(`${name}: two concurrent wishes on two connections both land`, async (t) => {
    const { store, other } = await open(t)
    await store.observe(head(1))
    await Promise.all([store.patch(ref, { title: 'x' }), other.patch(ref, { tags: ['y'] }), other.reindex(ref)])
    t.match(await store.get(ref), { title: 'x', tags: ['y'], nonce: 1, rev: 4 })
  })
}
