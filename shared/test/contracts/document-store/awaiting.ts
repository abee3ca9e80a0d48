import { test } from 'tap'
import { plain, present } from '../support.ts'
import { claimed, head, makeReady, type OpenDocuments, ref } from './support.ts'

const minute = 60_000

/** Documents whose first bytes are still to come. */
export function awaitingPromises(name: string, open: OpenDocuments): void {
  test(`${name}: a document that is expected is awaiting, listed, and due when its time is over`, async (t) => {
    const { store, other, clock } = await open(t)
    const upload = { until: clock() + 15 * minute, attributes: { title: 'To come', groups: ['staff'] } }
    const record = await store.expect(ref, upload)
    t.match(record, { ...ref, status: 'awaiting', title: 'To come', groups: ['staff'], version: 0 })
    t.same(plain(await other.byId(ref.tenant, record.id)), plain(record))
    t.same(
      (await other.list(ref.tenant, { status: 'awaiting', limit: 10 })).items.map(({ id }) => id),
      [record.id],
    )
    t.same(await other.counts(ref.tenant), { awaiting: 1 })
    t.same(await other.due(10), [])
    clock.advance(30 * minute)
    t.same(
      (await other.due(10)).map(({ id }) => id),
      [record.id],
    )
  })

  test(`${name}: a document that has bytes stays as it is when others are expected`, async (t) => {
    const { store, clock } = await open(t)
    await makeReady(store, 'a1')
    const before = await store.get(ref)
    t.same(plain(await store.expect(ref, { until: clock() + minute, attributes: { title: 'New' } })), plain(before))
    t.same(plain(await store.get(ref)), plain(before))
  })

  test(`${name}: an awaited document is not gone before its time, and is after it`, async (t) => {
    const { store, clock } = await open(t)
    await store.expect(ref, { until: clock() + 15 * minute })
    const early = await claimed(store)
    t.equal((await store.gone(early, { seen: undefined })).status, 'awaiting')
    t.equal((await store.release(early, {})).status, 'awaiting')
    clock.advance(30 * minute)
    const late = await claimed(store)
    t.equal((await store.gone(late, { seen: undefined })).status, 'gone')
  })

  test(`${name}: what was awaited comes and is queued, as it was described`, async (t) => {
    const { store, clock } = await open(t)
    await store.expect(ref, { until: clock() + 15 * minute, attributes: { groups: ['staff'] } })
    t.match(await store.observe(head(1)), { status: 'queued', version: 1, groups: ['staff'] })
    t.equal(present(await store.get(ref)).awaitedUntil, undefined)
  })
}
