import { test } from 'tap'
import type { Job } from '../../shared/documents/job.ts'
import { KassError } from '../../shared/errors.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { build, file, form, putReady } from './helper.ts'

/** What is sent to the worker from now on. */
function sentJobs(ports: Ports): Job[] {
  const sent: Job[] = []
  ports.queue.send = async (job) => void sent.push(job)
  return sent
}

test('documents are listed by path, in pages, by status and by prefix', async (t) => {
  const { app, ports } = await build(t)
  for (const path of ['b/2.txt', 'a/1.txt', 'b/1.txt']) await putReady(ports, { path }, path)
  const list = async (query: string) => {
    const { items, cursor } = (await app.inject(`/documents?${query}`)).json()
    return { paths: items.map(({ path }: { path: string }) => path), cursor }
  }
  t.strictSame((await list('')).paths, ['a/1.txt', 'b/1.txt', 'b/2.txt'])
  t.strictSame((await list('prefix=b/')).paths, ['b/1.txt', 'b/2.txt'])
  t.strictSame((await list('status=failed')).paths, [])
  const first = await list('limit=2')
  t.strictSame(first.paths, ['a/1.txt', 'b/1.txt'])
  t.strictSame(await list(`limit=2&cursor=${encodeURIComponent(first.cursor)}`), {
    paths: ['b/2.txt'],
    cursor: undefined,
  })
  const wrong = await app.inject('/documents?cursor=nonsense')
  t.equal(wrong.statusCode, 400)
  t.equal(wrong.json().code, 'invalid_cursor')
})

test('a record shows accounting and failure, and nothing of claims and attempts', async (t) => {
  const { app, ports } = await build(t)
  const { id, path, tenant } = await putReady(ports, { path: 'a.txt' }, 'words')
  const ready = await app.inject(`/documents/${id}`)
  t.match(ready.json(), {
    status: 'ready',
    searchable: true,
    accounting: { unit: 'paragraphs', read: 1, indexed: 1, rejected: 0, chunks: 1, rejections: [] },
  })
  await ports.documents.reindex({ tenant, path })
  const held = await ports.documents.claim({ tenant, path }, { holder: 'the-holder', leaseMs: 60_000 })
  if (!('claim' in held)) throw new Error('the claim is held')
  await ports.documents.begin(held.claim, { attempt: 'the-attempt', fingerprint: 'the-fingerprint' })
  await ports.documents.progress(held.claim, { stage: 'reading', done: 3, total: 9, at: 0 })
  const running = await app.inject(`/documents/${id}`)
  t.match(running.json(), { status: 'processing', searchable: true, progress: { stage: 'reading', done: 3, total: 9 } })
  for (const hidden of ['the-holder', 'the-attempt', 'the-fingerprint', held.claim.token]) {
    t.notMatch(running.body, hidden)
    t.notMatch((await app.inject('/documents')).body, hidden)
  }
  const failure = { code: 'damaged', message: 'It is cut short.', place: 'page 4' }
  await ports.documents.fail(held.claim, { ...failure, fingerprint: 'the-fingerprint' })
  const failed = await app.inject(`/documents/${id}`)
  t.match(failed.json(), { status: 'failed', failure })
  t.notMatch(failed.body, 'the-fingerprint')
})

test('the bytes come back as they were, as a download under their own name', async (t) => {
  const { app, ports } = await build(t)
  const html = '<script>alert(1)</script>'
  const { payload, headers } = form([file(html, 'Grüße "5%".html'), { name: 'path', value: 'x/Grüße "5%".html' }])
  const { id } = (await app.inject({ method: 'POST', url: '/documents', payload, headers })).json()
  const response = await app.inject(`/documents/${id}/content`)
  t.equal(response.body, html)
  t.equal(response.headers['content-type'], 'text/html')
  t.equal(response.headers['content-length'], String(html.length))
  t.equal(response.headers['x-content-type-options'], 'nosniff')
  t.match(response.headers['content-security-policy'], /sandbox/)
  t.equal(
    response.headers['content-disposition'],
    `attachment; filename="Gr__e _5__.html"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%225%25%22.html`,
  )
  const record = await ports.documents.byId('default', id)
  if (record?.revision) await ports.objects.remove(record, record.revision)
  t.equal((await app.inject(`/documents/${id}/content`)).statusCode, 404, 'bytes that are gone')
})

test('the chunks are those of the attempt that answers', async (t) => {
  const { app, ports } = await build(t)
  await putReady(ports, { path: 'a.txt' }, 'old words')
  const { id } = await putReady(ports, { path: 'a.txt' }, 'new words')
  const page = (await app.inject(`/documents/${id}/chunks`)).json()
  t.strictSame(page.items, [
    { ordinal: 0, kind: 'text', section: ['Section'], locator: 'lines 1-1', text: 'new words' },
  ])
  const { payload, headers } = form([file('x', 'b.txt')])
  const queued = (await app.inject({ method: 'POST', url: '/documents', payload, headers })).json()
  t.strictSame((await app.inject(`/documents/${queued.id}/chunks`)).json(), { items: [] }, 'nothing is indexed yet')
})

test('a patch changes what it names, at once, and sends the worker', async (t) => {
  const { app, ports } = await build(t)
  const { id } = await putReady(ports, { path: 'a.txt' }, 'words', { tags: ['old'], metadata: { a: 1 } })
  const sent = sentJobs(ports)
  const payload = { title: 'New', metadata: { b: true } }
  const response = await app.inject({ method: 'PATCH', url: `/documents/${id}`, payload })
  t.equal(response.statusCode, 200)
  t.match(response.json(), { title: 'New', tags: ['old'], metadata: { b: true }, searchable: true })
  t.notOk('a' in response.json().metadata)
  t.strictSame(sent, [{ kind: 'reconcile', tenant: 'default', path: 'a.txt' }])
})

test('what a caller asks for is taken although the queue is in trouble, since the sweep will find it', async (t) => {
  const { app, ports, log } = await build(t)
  const { id, tenant, path } = await putReady(ports, { path: 'a.txt' }, 'words')
  ports.queue.send = async () => {
    throw new KassError('storage_unavailable')
  }
  const patched = await app.inject({ method: 'PATCH', url: `/documents/${id}`, payload: { title: 'New' } })
  t.equal(patched.statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: `/documents/${id}/reindex` })).statusCode, 202)
  t.equal((await app.inject({ method: 'DELETE', url: `/documents/${id}` })).statusCode, 202)
  t.match(await ports.documents.get({ tenant, path }), { status: 'gone', dueAt: Number })
  t.equal(log.filter((line) => line.documentId === id && line.level === 'WARN').length, 3)
})

test('a patch that says nothing, or says it wrongly, is refused', async (t) => {
  const { app, ports } = await build(t)
  const { id } = await putReady(ports, { path: 'a.txt' }, 'words')
  for (const [payload, code] of [
    [{}, 'invalid_request'],
    [{ path: 'b.txt' }, 'unknown_field'],
    [{ title: '' }, 'invalid_request'],
    [{ title: ' ' }, 'invalid_metadata'],
    [{ tags: [''] }, 'invalid_request'],
    [{ tags: Array.from({ length: 33 }, (_, i) => `t${i}`) }, 'invalid_request'],
    [{ metadata: { a: { b: 1 } } }, 'invalid_request'],
    [{ metadata: { a: 'x'.repeat(2048), b: 'y' } }, 'invalid_metadata'],
    [{ groups: ['*'] }, 'invalid_metadata'],
  ] as const) {
    const response = await app.inject({ method: 'PATCH', url: `/documents/${id}`, payload })
    t.equal(response.statusCode, 400, JSON.stringify(payload).slice(0, 60))
    t.equal(response.json().code, code)
  }
})

test('a deletion hides the document at once and gives the receipt, now and later', async (t) => {
  const { app, ports } = await build(t)
  const { id } = await putReady(ports, { path: 'a.txt' }, 'unmistakable words', { title: 'A title' })
  const found = async () =>
    (await app.inject({ method: 'POST', url: '/search', payload: { query: 'unmistakable' } })).json()
  t.equal((await found()).count, 1)
  const sent = sentJobs(ports)
  const deleted = await app.inject({ method: 'DELETE', url: `/documents/${id}` })
  t.equal(deleted.statusCode, 202)
  t.match(deleted.json(), { id, status: 'gone', searchable: false, receipt: { complete: false, backups: String } })
  t.strictSame(sent, [{ kind: 'reconcile', tenant: 'default', path: 'a.txt' }])
  t.equal((await found()).count, 0)
  t.strictSame((await app.inject('/documents')).json().items, [])
  const shown = await app.inject(`/documents/${id}`)
  t.strictSame(shown.json(), deleted.json())
  t.notMatch(shown.body, 'A title')
  for (const [method, url, payload] of [
    ['GET', `/documents/${id}/content`, undefined],
    ['GET', `/documents/${id}/chunks`, undefined],
    ['PATCH', `/documents/${id}`, { title: 'x' }],
    ['POST', `/documents/${id}/reindex`, undefined],
  ] as const) {
    t.equal((await app.inject({ method, url, payload })).statusCode, 404, url)
  }
  t.equal((await app.inject('/documents?status=gone')).json().items[0].id, id)
})

test('deleting again changes nothing, before and after the purge', async (t) => {
  const { app, ports } = await build(t)
  const record = await putReady(ports, { path: 'a.txt' }, 'words')
  const remove = () => app.inject({ method: 'DELETE', url: `/documents/${record.id}` })
  const first = (await remove()).json()
  t.strictSame((await remove()).json(), first)
  const head = await ports.objects.head(record)
  if (head) await ports.objects.remove(record, head.revision)
  const third = await remove()
  t.equal(third.statusCode, 202)
  t.strictSame(third.json().receipt, first.receipt)
})

test('a version that came after the deletion is deleted by the next one', async (t) => {
  const { app, ports } = await build(t)
  const record = await putReady(ports, { path: 'a.txt' }, 'words')
  await app.inject({ method: 'DELETE', url: `/documents/${record.id}` })
  await putReady(ports, { path: 'a.txt' }, 'words')
  t.equal((await app.inject(`/documents/${record.id}`)).json().status, 'ready')
  await app.inject({ method: 'DELETE', url: `/documents/${record.id}` })
  t.equal((await app.inject(`/documents/${record.id}`)).json().status, 'gone')
})

test('a reindex is accepted while the version that is there goes on answering', async (t) => {
  const { app, ports } = await build(t)
  const { id } = await putReady(ports, { path: 'a.txt' }, 'words')
  const sent = sentJobs(ports)
  const response = await app.inject({ method: 'POST', url: `/documents/${id}/reindex` })
  t.equal(response.statusCode, 202)
  t.match(response.json(), { status: 'queued', searchable: true, version: 1 })
  t.strictSame(sent, [{ kind: 'reconcile', tenant: 'default', path: 'a.txt' }])
})

test('a document of another group answers like one that does not exist, on every route', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  const { id } = await putReady(ports, { path: 'pay.txt' }, 'unmistakable words', { groups: ['hr'] })
  const all = ['documents:read', 'documents:write', 'search'] as const
  const seeing = { 'x-api-key': await key({ groups: ['hr'], scopes: [...all] }) }
  const blind = { 'x-api-key': await key({ groups: ['sales'], scopes: [...all] }) }
  const routes = [
    ['GET', '', undefined],
    ['GET', '/content', undefined],
    ['GET', '/chunks', undefined],
    ['PATCH', '', { title: 'x' }],
    ['POST', '/reindex', undefined],
    ['DELETE', '', undefined],
  ] as const
  for (const [method, rest, payload] of routes) {
    const hidden = await app.inject({ method, url: `/documents/${id}${rest}`, payload, headers: blind })
    const absent = await app.inject({ method, url: `/documents/doc_unknown${rest}`, payload, headers: blind })
    t.equal(hidden.statusCode, 404, `${method} ${rest}`)
    const { request_id: _, trace_id: _trace, ...problem } = hidden.json()
    t.match(absent.json(), problem)
  }
  const search = { method: 'POST', url: '/search', payload: { query: 'unmistakable' } } as const
  t.equal((await app.inject({ ...search, headers: blind })).json().count, 0)
  t.equal((await app.inject({ ...search, headers: seeing })).json().count, 1)
  t.strictSame((await app.inject({ url: '/documents', headers: blind })).json().items, [])
  for (const [method, rest, payload] of routes) {
    const { statusCode } = await app.inject({ method, url: `/documents/${id}${rest}`, payload, headers: seeing })
    t.ok(statusCode < 300, `${method} ${rest} by who may see it`)
  }
})

test('a patch assigns only groups that the caller holds, and leaves those that are there', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  const { id } = await putReady(ports, { path: 'pay.txt' }, 'words', { groups: ['hr', 'legal'] })
  const headers = { 'x-api-key': await key({ groups: ['hr'], scopes: ['documents:write'] }) }
  const patch = async (groups: string[]) =>
    (await app.inject({ method: 'PATCH', url: `/documents/${id}`, payload: { groups }, headers })).statusCode
  t.equal(await patch(['hr', 'legal', 'sales']), 403)
  t.equal(await patch(['hr', 'legal']), 200)
  t.equal(await patch(['hr']), 200)
  t.equal(await patch(['hr', 'legal']), 403)
})
