import { test } from 'tap'
import { documentId } from '../../../documents/identity.ts'
import type { DocumentStore, ListDocuments } from '../../../ports/document-store.ts'
import { collect, present } from '../support.ts'
import { claimed, head, makeReady, type OpenDocuments, ref } from './support.ts'

async function paths(store: DocumentStore, tenant: string, options: Partial<ListDocuments> = {}): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.list(tenant, { limit: 2, ...options, cursor })
    if (page.items.length > (options.limit ?? 2)) throw new Error('the page is longer than asked for')
    found.push(...page.items.map((record) => record.path))
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

async function fill(store: DocumentStore): Promise<void> {
  const seen: [string, string, string[]][] = [
    ['acme', 'b/1.md', []],
    ['acme', 'a.md', ['staff']],
    ['acme', 'b/2.md', ['board', 'staff']],
    ['acme', 'b/10.md', ['board']],
    ['acme', 'c%_.md', []],
    ['other', 'a.md', []],
  ]
  for (const [tenant, path, groups] of seen) await store.observe(head(1, { tenant, path, attributes: { groups } }))
}

/** Lists, the batch read of active items, epochs, schedules. */
export function readingPromises(name: string, open: OpenDocuments): void {
  test(`${name}: a tenant's documents are listed by path, page by page, each once`, async (t) => {
    const { store, other } = await open(t)
    await fill(store)
    t.same(await paths(other, 'acme'), ['a.md', 'b/1.md', 'b/10.md', 'b/2.md', 'c%_.md'])
    t.same(await paths(other, 'acme', { limit: 5 }), ['a.md', 'b/1.md', 'b/10.md', 'b/2.md', 'c%_.md'])
    t.same(await paths(other, 'other'), ['a.md'])
    t.same(await paths(other, 'nobody'), [])
  })

  test(`${name}: a list is narrowed by prefix, literally`, async (t) => {
    const { store } = await open(t)
    await fill(store)
    t.same(await paths(store, 'acme', { prefix: 'b/', limit: 1 }), ['b/1.md', 'b/10.md', 'b/2.md'])
    t.same(await paths(store, 'acme', { prefix: 'b/1' }), ['b/1.md', 'b/10.md'])
    t.same(await paths(store, 'acme', { prefix: 'c%' }), ['c%_.md'])
    t.same(await paths(store, 'acme', { prefix: '%' }), [])
  })

  test(`${name}: a list shows only what the caller's groups admit, in full pages`, async (t) => {
    const { store } = await open(t)
    await fill(store)
    t.same(await paths(store, 'acme', { groups: [] }), ['b/1.md', 'c%_.md'])
    t.same(await paths(store, 'acme', { groups: ['board'] }), ['b/1.md', 'b/10.md', 'b/2.md', 'c%_.md'])
    t.same(await paths(store, 'acme', { groups: ['staff', 'x'], limit: 1 }), ['a.md', 'b/1.md', 'b/2.md', 'c%_.md'])
    t.equal((await store.list('acme', { limit: 2, groups: [] })).items.length, 2)
  })

  test(`${name}: deleted documents are listed only when their status is asked for`, async (t) => {
    const { store } = await open(t)
    await fill(store)
    await store.markDeleted({ tenant: 'acme', path: 'b/1.md' }, 'r1')
    t.same(await paths(store, 'acme', { prefix: 'b/' }), ['b/10.md', 'b/2.md'])
    t.same(await paths(store, 'acme', { status: 'gone' }), ['b/1.md'])
    t.same(await paths(store, 'acme', { status: 'queued', prefix: 'b/' }), ['b/10.md', 'b/2.md'])
    t.same(await store.counts('acme'), { queued: 4, gone: 1 })
  })

  test(`${name}: a cursor that no list gave is refused`, async (t) => {
    const { store } = await open(t)
    await t.rejects(store.list('acme', { limit: 2, cursor: '###' }), { code: 'invalid_cursor' })
  })

  test(`${name}: the batch of active items leaves out what is unknown and what is another tenant's`, async (t) => {
    const { store, other } = await open(t)
    await fill(store)
    const mine = documentId({ tenant: 'acme', path: 'a.md' })
    const theirs = documentId({ tenant: 'other', path: 'a.md' })
    const items = await other.active('acme', [mine, theirs, 'doc_unknown', mine])
    t.same(
      [...items.entries()],
      [[mine, { id: mine, attempt: undefined, groups: ['staff'], incarnation: 0, deleted: false }]],
    )
    t.equal((await other.active('acme', [])).size, 0)
    t.equal(await other.byId('acme', theirs), undefined)
  })

  test(`${name}: the epoch rises with everything that can change an answer, in that tenant only`, async (t) => {
    const { store, other } = await open(t)
    await makeReady(store, 'a1')
    const epochs = [await other.epoch('acme')]
    await store.patch(ref, { groups: ['board'] })
    epochs.push(await other.epoch('acme'))
    await store.markDeleted(ref, 'r1')
    epochs.push(await other.epoch('acme'))
    await makeReady(store, 'a2', head(2))
    epochs.push(await other.epoch('acme'))
    t.ok(present(epochs[0]) > 0, 'activate')
    t.same(
      epochs,
      [...new Set(epochs)].sort((a, b) => a - b),
      'strictly rising',
    )
    t.equal(await other.epoch('other'), 0)
  })

  test(`${name}: what is due comes most overdue first, and not before its time`, async (t) => {
    const { store, clock } = await open(t)
    for (const [path, wait] of [
      ['late.md', 30],
      ['soon.md', 10],
      ['never.md', undefined],
    ] as const) {
      const claim = await claimed(store, { tenant: 'acme', path })
      const settled = await store.get(claim)
      await store.release(claim, { settled, dueAt: wait === undefined ? undefined : clock() + wait })
    }
    const due = async () => (await store.due(10)).map((record) => record.path)
    t.same(await due(), [])
    clock.advance(10)
    t.same(await due(), ['soon.md'])
    clock.advance(1_000_000)
    t.same(await due(), ['soon.md', 'late.md'])
    t.same(
      (await store.due(1)).map((record) => record.path),
      ['soon.md'],
    )
  })

  test(`${name}: what was sent again is postponed, unless it changed meanwhile`, async (t) => {
    const { store, other, clock } = await open(t)
    await store.observe(head(1))
    clock.advance(1_000_000)
    const [seen] = await store.due(1)
    await store.postpone(present(seen), clock() + 50)
    t.same(await store.due(1), [])
    clock.advance(50)
    const [again] = await store.due(1)
    const newer = await other.observe(head(2))
    await store.postpone(present(again), clock() + 1_000_000)
    t.equal((await store.get(ref))?.dueAt, newer.dueAt)
  })

  test(`${name}: every record of every tenant is gone through, deleted ones included`, async (t) => {
    const { store, other } = await open(t)
    await fill(store)
    await store.markDeleted({ tenant: 'other', path: 'a.md' }, 'r1')
    const all = (await collect(other.all())).map((record) => `${record.tenant}:${record.path}`)
    t.same(all.sort(), ['acme:a.md', 'acme:b/1.md', 'acme:b/10.md', 'acme:b/2.md', 'acme:c%_.md', 'other:a.md'])
  })

  test(`${name}: a schedule has one holder at a time, who can hold it longer`, async (t) => {
    const { store, other, clock } = await open(t)
    t.equal(await store.lease('sweep', 'worker-1', 100), true)
    t.equal(await other.lease('sweep', 'worker-2', 100), false)
    t.equal(await other.lease('compare', 'worker-2', 100), true, 'another schedule is free')
    clock.advance(90)
    t.equal(await store.lease('sweep', 'worker-1', 100), true)
    clock.advance(90)
    t.equal(await other.lease('sweep', 'worker-2', 100), false)
    clock.advance(10)
    t.equal(await other.lease('sweep', 'worker-2', 100), true)
    t.equal(await store.lease('sweep', 'worker-1', 100), false)
  })
}
