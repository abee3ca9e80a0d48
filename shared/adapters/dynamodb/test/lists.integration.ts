import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { test } from 'tap'
import type { ObjectHead } from '../../../documents/document.ts'
import { observe } from '../../../documents/transitions.ts'
import { head } from '../../../test/contracts/document-store/support.ts'
import { collect } from '../../../test/contracts/support.ts'
import { saveOperations } from '../record-writes.ts'
import { openRecords as open } from './open.ts'

/** Writes what `observe` would, many documents at a time; the tally apart. */
async function fill(client: DynamoDBDocumentClient, table: string, heads: readonly ObjectHead[]): Promise<void> {
  const puts = heads.flatMap((object) => {
    const record = { ...observe(undefined, object, 1), rev: 1 }
    const operations = saveOperations(table, { record, former: undefined, bumpEpoch: false, writeId: 'w' })
    return operations.flatMap(({ Put }) => (Put ? [{ PutRequest: { Item: Put.Item } }] : []))
  })
  const batches = Array.from({ length: Math.ceil(puts.length / 25) }, (_, n) => puts.slice(n * 25, n * 25 + 25))
  for (const batch of batches) await client.send(new BatchWriteCommand({ RequestItems: { [table]: batch } }))
}

test('a list of thousands gives full pages however few of them the caller may see', async (t) => {
  const { store, client, names } = await open(t)
  const paths = Array.from({ length: 3000 }, (_, n) => `${n % 2 ? 'a' : 'b'}/${String(n).padStart(5, '0')}-😀.md`)
  await fill(
    client,
    names.documents,
    paths.map((path, n) => head(1, { path, attributes: { groups: n % 10 === 0 ? ['board'] : ['staff'] } })),
  )
  const sorted = paths.toSorted()
  const visible = sorted.filter((path) => Number(path.slice(2, 7)) % 10 === 0)
  const expected: [{ groups?: string[]; prefix?: string; status?: 'queued'; limit: number }, string[]][] = [
    [{ limit: 700 }, sorted],
    [{ limit: 120, groups: ['board'] }, visible],
    [
      { limit: 120, groups: ['board'], status: 'queued', prefix: 'b/' },
      visible.filter((path) => path.startsWith('b/')),
    ],
  ]
  for (const [options, wanted] of expected) {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.list('acme', { ...options, cursor })
      t.ok(page.items.length === options.limit || page.cursor === undefined, 'every page but the last is full')
      found.push(...page.items.map((record) => record.path))
      cursor = page.cursor
    } while (cursor !== undefined)
    t.same(found, wanted)
  }
  t.equal((await collect(store.all())).length, paths.length, 'more than a megabyte is gone through')
})

test('two paths that JavaScript and the table would order differently are listed once each', async (t) => {
  const { store } = await open(t)
  const paths = ['a\u{ffee}.md', 'a\u{1f600}.md', 'a.md', 'ab.md']
  for (const path of paths) await store.observe(head(1, { path }))
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.list('acme', { limit: 1, cursor })
    found.push(...page.items.map((record) => record.path))
    cursor = page.cursor
  } while (cursor !== undefined)
  t.same(found, ['a.md', 'ab.md', 'a\u{ffee}.md', 'a\u{1f600}.md'])
})

test('an id, a prefix or a cursor that no document can have finds nothing and breaks nothing', async (t) => {
  const { store } = await open(t)
  await store.observe(head(1))
  t.equal(await store.byId('acme', 'x'.repeat(10_000)), undefined)
  t.equal((await store.active('acme', ['x'.repeat(10_000), ''])).size, 0)
  for (const prefix of ['p'.repeat(5000), '\ud800'])
    t.same(await store.list('acme', { prefix, limit: 5 }), { items: [] })
  await store.observe(head(1, { path: 'z.md' }))
  const { cursor } = await store.list('acme', { limit: 1 })
  t.same((await store.list('acme', { prefix: 'a', cursor, limit: 5 })).items, [], 'the list went past this prefix')
  await t.rejects(store.list('other', { cursor, limit: 5 }), { code: 'invalid_cursor' }, "another tenant's")
})
