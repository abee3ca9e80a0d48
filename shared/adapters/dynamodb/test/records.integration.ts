import { test } from 'tap'
import { attributeLimits } from '../../../documents/attributes.ts'
import { documentId, maxPathBytes } from '../../../documents/identity.ts'
import { claimed, head, makeReady } from '../../../test/contracts/document-store/support.ts'
import { collect, plain } from '../../../test/contracts/support.ts'
import { openRecords as open, watchCalls } from './open.ts'

/** Texts of characters that take four bytes each. */
const wide = (characters: number, n = 0) => String.fromCodePoint(0x1f600 + n).repeat(characters)

test('the largest document that is allowed has room, with everything that is said of it', async (t) => {
  const { store } = await open(t)
  const ref = { tenant: 'a'.repeat(63), path: `${'p'.repeat(maxPathBytes - 4)}.csv` }
  const names = Array.from({ length: attributeLimits.names }, (_, n) => wide(attributeLimits.name, n))
  const attributes = {
    title: wide(attributeLimits.title),
    groups: names,
    tags: names,
    metadata: { k: 'v'.repeat(2030) },
  }
  await store.observe(head(1, { ...ref, attributes }))
  const claim = await claimed(store, ref)
  await store.begin(claim, { attempt: 'a1', fingerprint: 'f1' })
  const rejection = { place: wide(500), reason: wide(500) }
  const rejections = Array.from({ length: 20 }, () => rejection)
  const accounting = { unit: 'rows', read: 2, indexed: 2, rejected: 0, chunks: 2, rejections }
  await store.pending(claim, { chunks: 2, accounting, revision: 'r1', embedder: 'none' })
  const record = await store.activate(claim)
  t.same((await store.list(ref.tenant, { limit: 1, groups: [wide(attributeLimits.name, 5)] })).items, [plain(record)])
  t.equal((await store.active(ref.tenant, [record.id])).get(record.id)?.attempt, 'a1')
})

test('a record that no item can hold is refused with a code, and the one before stays', async (t) => {
  const { store } = await open(t)
  await store.observe(head(1))
  const before = await store.get(head(1))
  const title = 'x'.repeat(2_000_000)
  await t.rejects(store.patch(head(1), { title }), { code: 'document_too_large' })
  t.same(await store.get(head(1)), before)
})

test('metadata comes back as it was said, whatever numbers and names are in it', async (t) => {
  const { store } = await open(t)
  const metadata = { huge: 1e300, tiny: 5e-324, fine: 0.1 + 0.2, empty: '', '': 'unnamed', on: false }
  await store.observe(head(1, { attributes: { metadata } }))
  t.same((await store.get(head(1)))?.metadata, metadata)
})

test('no request reads without strong consistency, but for what is due, and none scans', async (t) => {
  const { store, clock, names } = await open(t)
  await makeReady(store, 'a1')
  const calls = watchCalls(t)
  const id = documentId(head(1))
  clock.advance(1_000_000)
  await store.byId('acme', id)
  await store.active('acme', [id])
  await store.list('acme', { limit: 2, status: 'ready', groups: [] })
  await store.counts('acme')
  await store.epoch('acme')
  await store.readProgress(head(1))
  const before = calls.splice(0)
  t.same([...new Set(before.map(({ action }) => action))].sort(), ['BatchGetItem', 'GetItem', 'Query'])
  for (const { input } of before) t.match(JSON.stringify(input), '"ConsistentRead":true')
  await store.due(10)
  t.ok(calls.some(({ input }) => JSON.stringify(input).includes('"IndexName":"due"')))
  calls.splice(0)
  await collect(store.all())
  t.same(
    calls.map(({ action, input }) => [action, input.TableName]),
    [['Scan', names.documents]],
  )
})

test('most writes are one item: a lease that is held costs no transaction', async (t) => {
  const { store } = await open(t)
  await makeReady(store, 'a1')
  const claim = await claimed(store)
  const calls = watchCalls(t)
  await store.extend(claim, 1000)
  await store.release(claim, {})
  t.same(
    calls.map(({ action }) => action),
    ['GetItem', 'PutItem', 'GetItem', 'PutItem'],
  )
})
