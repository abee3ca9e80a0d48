import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { build, putReady } from './helper.ts'

const removeBelow = (prefix: string, more = '') => ({
  method: 'DELETE' as const,
  url: `/documents?prefix=${encodeURIComponent(prefix)}${more}`,
})

test('everything below a prefix is deleted, and nothing beside it', async (t) => {
  const { app, ports } = await build(t)
  const sent: unknown[] = []
  const all = ['a/1.txt', 'a/2.txt', 'ab.txt', 'b/1.txt']
  const records = []
  for (const path of all) records.push(await putReady(ports, { path }, path))
  ports.queue.send = async (job) => void sent.push(job)
  const response = await app.inject(removeBelow('a/'))
  t.equal(response.statusCode, 202)
  t.strictSame(response.json(), { prefix: 'a/', deleted: 2 })
  const left = (await app.inject('/documents')).json().items
  t.strictSame(
    left.map(({ path }: { path: string }) => path),
    ['ab.txt', 'b/1.txt'],
  )
  t.match((await app.inject(`/documents/${records[0]?.id}`)).json(), { status: 'gone', receipt: { complete: false } })
  t.strictSame(sent, [
    { kind: 'reconcile', tenant: 'default', path: 'a/1.txt' },
    { kind: 'reconcile', tenant: 'default', path: 'a/2.txt' },
  ])
  t.strictSame((await app.inject(removeBelow('a/'))).json(), { prefix: 'a/', deleted: 0 }, 'again changes nothing')
})

test('a call deletes no more than its limit, and its cursor goes on', async (t) => {
  const { app, ports } = await build(t)
  for (let n = 0; n < 5; n++) await putReady(ports, { path: `x/${n}.txt` }, 'words')
  const counts: number[] = []
  for (let cursor = ''; ; ) {
    const { deleted, cursor: next } = (await app.inject(removeBelow('x/', `&limit=2${cursor}`))).json()
    counts.push(deleted)
    if (next === undefined) break
    cursor = `&cursor=${encodeURIComponent(next)}`
  }
  t.strictSame(counts, [2, 2, 1])
  t.strictSame((await app.inject('/documents')).json().items, [])
})

test('without a prefix, or with an empty one, nothing is deleted', async (t) => {
  const { app, ports } = await build(t)
  await putReady(ports, { path: 'a.txt' }, 'words')
  for (const url of ['/documents', '/documents?prefix=', '/documents?limit=10']) {
    const response = await app.inject({ method: 'DELETE', url })
    t.equal(response.statusCode, 400, url)
    t.match(response.json(), { code: 'invalid_request', field: 'prefix' })
  }
  t.equal((await app.inject('/documents')).json().items.length, 1)
})

test('only what the caller may see is deleted, and only with the scope for it', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  await putReady(ports, { path: 'p/hr.txt' }, 'words', { groups: ['hr'] })
  await putReady(ports, { path: 'p/it.txt' }, 'words', { groups: ['it'] })
  await putReady(ports, { path: 'p/all.txt' }, 'words')
  await putReady(ports, { path: 'p/hr.txt', tenant: 'other' }, 'words')
  const headers = { 'x-api-key': await key({ groups: ['hr'], scopes: ['documents:write'] }) }
  t.equal((await app.inject({ ...removeBelow('p/'), headers })).json().deleted, 2)
  const paths = async (tenant: string) => {
    const all = { 'x-api-key': await key({ tenant }) }
    const { items } = (await app.inject({ url: '/documents', headers: all })).json()
    return items.map(({ path }: { path: string }) => path)
  }
  t.strictSame(await paths('default'), ['p/it.txt'])
  t.strictSame(await paths('other'), ['p/hr.txt'])
  const reader = { 'x-api-key': await key({ scopes: ['documents:read', 'search', 'chat'] }) }
  t.equal((await app.inject({ ...removeBelow('p/'), headers: reader })).statusCode, 403)
})

test('a document that somebody else deletes at the same time is no error and is not counted', async (t) => {
  const { app, ports } = await build(t)
  for (const path of ['x/1.txt', 'x/2.txt']) await putReady(ports, { path }, 'words')
  const markDeleted = ports.documents.markDeleted
  ports.documents.markDeleted = async (ref, revision) =>
    ref.path === 'x/1.txt' ? undefined : markDeleted(ref, revision)
  const response = await app.inject(removeBelow('x/'))
  t.equal(response.statusCode, 202)
  t.equal(response.json().deleted, 1)
  ports.documents.markDeleted = async () => {
    throw new KassError('conflict')
  }
  t.match((await app.inject(removeBelow('x/'))).json(), { code: 'conflict' })
})
