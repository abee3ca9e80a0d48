import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { documentId } from '../../shared/documents/identity.ts'
import { type Built, build, file, form, putReady } from './helper.ts'
import { open } from './raw.ts'

const announce = (body: string, path = 'hr/handbook.txt') => ({
  path,
  size: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
})

const ask = ({ app }: Built, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/documents/uploads', payload, headers })

/** Sends bytes to an address, as the answer says. */
const send = (
  { app }: Built,
  made: { url: string; headers: Record<string, string> },
  payload: string,
  headers: Record<string, string> = {},
) => {
  const { pathname, search } = new URL(made.url)
  return app.inject({ method: 'PUT', url: pathname + search, payload, headers: { ...made.headers, ...headers } })
}

/** Files that are neither a document's nor gone. */
const left = async ({ config }: Built) => readdir(join(config.KASS_DATA, 'objects', 'staging'))

test('a new document is awaited, comes by the address given, and goes to the worker', async (t) => {
  const built = await build(t)
  const about = { title: 'Handbook', groups: ['hr'], tags: ['a'], metadata: { year: 2026 } }
  const response = await ask(built, { ...announce('All about leave.'), ...about })
  t.equal(response.statusCode, 200)
  const made = response.json()
  const id = documentId({ tenant: 'default', path: 'hr/handbook.txt' })
  t.match(made, { id, path: 'hr/handbook.txt', method: 'PUT', url: /^http:\/\/[^/]+\/uploads\// })
  const ms = Date.parse(made.expires_at) - Date.now()
  t.ok(ms > 14 * 60_000 && ms <= 15 * 60_000)
  t.match((await built.app.inject(`/documents/${id}`)).json(), {
    status: 'awaiting',
    searchable: false,
    version: 0,
    ...about,
  })
  t.match((await built.app.inject('/documents?status=awaiting')).json(), { items: [{ id }] })
  t.equal((await built.app.inject(`/documents/${id}/content`)).statusCode, 404)
  t.equal((await built.ports.queue.depth()).visible, 0)

  t.equal((await send(built, made, 'All about leave.')).statusCode, 200)
  t.match((await built.app.inject(`/documents/${id}`)).json(), {
    status: 'queued',
    version: 1,
    size: 16,
    content_type: 'text/plain',
    ...about,
  })
  t.equal((await built.app.inject(`/documents/${id}/content`)).body, 'All about leave.')
  t.equal((await built.ports.queue.depth()).visible, 1)
  t.same(await left(built), [])
})

test('a document that is there stays as it is until the new bytes come', async (t) => {
  const built = await build(t)
  const { id } = await putReady(built.ports, { path: 'a.txt' }, 'one', { title: 'Old' })
  const made = (await ask(built, { ...announce('two', 'a.txt'), title: 'New' })).json()
  t.match((await built.app.inject(`/documents/${id}`)).json(), { status: 'ready', title: 'Old', version: 1 })
  t.equal((await send(built, made, 'two')).statusCode, 200)
  t.match((await built.app.inject(`/documents/${id}`)).json(), { status: 'queued', title: 'New', searchable: true })
})

test('sending the same bytes twice is no new version', async (t) => {
  const built = await build(t)
  const made = (await ask(built, announce('same'))).json()
  for (let n = 0; n < 2; n++) t.equal((await send(built, made, 'same')).statusCode, 200)
  t.match((await built.app.inject(`/documents/${made.id}`)).json(), { version: 1 })
  t.equal((await built.ports.objects.revisions({ tenant: 'default', path: made.path })).length, 1)
})

test('an address made before a deletion is refused after it; a new one brings the document back', async (t) => {
  let now = Date.now()
  const built = await build(t, { clock: () => now })
  const made = (await ask(built, announce('same'))).json()
  t.equal((await send(built, made, 'same')).statusCode, 200)
  now += 1
  await built.app.inject({ method: 'DELETE', url: `/documents/${made.id}` })
  now += 1
  const refused = await send(built, made, 'same')
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'forbidden', detail: /deleted after this address was made/ })
  t.not((await built.app.inject(`/documents/${made.id}`)).json().status, 'queued')
  t.same(await left(built), [])
  const again = (await ask(built, announce('same'))).json()
  t.equal((await send(built, again, 'same')).statusCode, 200)
  t.match((await built.app.inject(`/documents/${made.id}`)).json(), { status: 'queued', version: 2 })
})

test('other bytes, another length and another header are refused, and leave nothing', async (t) => {
  const built = await build(t)
  const made = (await ask(built, announce('hello'))).json()
  const other = (await ask(built, announce('jello', 'other.txt'))).json()
  const refusals = [
    [await send(built, made, 'jello'), 400, 'checksum_mismatch'],
    [await send(built, made, 'hell', { 'content-length': '4' }), 400, 'checksum_mismatch'],
    [await send(built, made, 'hello', { 'content-digest': other.headers['content-digest'] }), 403, 'forbidden'],
    [await send(built, { ...made, url: `${made.url}x` }, 'hello'), 403, 'forbidden'],
    [await send(built, { ...made, url: made.url.split('?')[0] }, 'hello'), 403, 'forbidden'],
  ] as const
  for (const [response, status, code] of refusals) {
    t.equal(response.statusCode, status)
    t.match(response.json(), { code })
  }
  t.match((await built.app.inject(`/documents/${made.id}`)).json(), { status: 'awaiting', version: 0 })
  t.same(await left(built), [])
  t.equal((await built.ports.queue.depth()).visible, 0)
})

test('the time of an address ends after 15 minutes, and an address of another installation is none', async (t) => {
  let now = Date.now()
  const clock = () => now
  const [built, other] = [await build(t, { clock }), await build(t, { clock })]
  const made = (await ask(built, announce('hello'))).json()
  t.match((await send(other, made, 'hello')).json(), { code: 'forbidden' })
  now += 14 * 60_000
  t.equal((await send(built, made, 'hello')).statusCode, 200)
  now += 60_001
  const late = await send(built, made, 'hello')
  t.equal(late.statusCode, 403)
  t.match(late.json(), { code: 'forbidden', detail: /time .* over/ })
})

test('what is not good for an upload is not good for an address', async (t) => {
  const built = await build(t, { env: { MAX_UPLOAD_BYTES: '2000' } })
  const good = announce('hello')
  for (const [change, status, expected] of [
    [{ size: 2001 }, 413, { code: 'payload_too_large', field: 'size' }],
    [{ size: 0 }, 400, { code: 'empty_file', field: 'size' }],
    [{ size: 1.5 }, 400, { code: 'invalid_request', field: 'size' }],
    [{ sha256: 'A'.repeat(64) }, 400, { code: 'invalid_request', field: 'sha256' }],
    [{ path: '../x' }, 400, { code: 'invalid_path', field: 'path' }],
    [{ path: 't/other/x' }, 400, { code: 'invalid_path', field: 'path' }],
    [{ groups: ['*'] }, 400, { code: 'invalid_metadata', field: 'groups' }],
    [{ metadata: { a: 'x'.repeat(2048) } }, 400, { code: 'invalid_metadata', field: 'metadata' }],
    [{ titel: 'x' }, 400, { code: 'unknown_field', field: 'titel' }],
  ] as const) {
    const response = await ask(built, { ...good, ...change })
    t.equal(response.statusCode, status, JSON.stringify(change).slice(0, 60))
    t.match(response.json(), expected)
  }
  t.same((await built.app.inject('/documents')).json().items, [])
})

test('an address needs the rights of an upload; sending to it needs no key', async (t) => {
  const built = await build(t, { env: { AUTH: 'keys' } })
  const key = async (about: Parameters<Built['key']>[0]) => ({ 'x-api-key': await built.key(about) })
  const writer = await key({ groups: ['hr'], scopes: ['documents:write', 'documents:read'] })
  const reader = await key({ scopes: ['documents:read'] })
  await putReady(built.ports, { path: 'board.txt' }, 'x', { groups: ['board'] })
  t.equal((await ask(built, announce('hello'))).statusCode, 401)
  t.equal((await ask(built, announce('hello'), reader)).statusCode, 403)
  t.match((await ask(built, { ...announce('hello'), groups: ['board'] }, writer)).json(), { field: 'groups' })
  t.match((await ask(built, announce('hello', 'board.txt'), writer)).json(), { code: 'forbidden', field: 'path' })
  const made = await ask(built, { ...announce('hello'), groups: ['hr'] }, writer)
  t.equal(made.statusCode, 200)
  const outsider = await key({ groups: ['sales'], scopes: ['documents:read'] })
  const seen = await built.app.inject({ url: `/documents/${made.json().id}`, headers: outsider })
  t.equal(seen.statusCode, 404, 'who may not see it does not see it coming')
  t.equal((await send(built, made.json(), 'hello')).statusCode, 200)
})

test('an upload that is awaited can be given another title, be deleted, and be uploaded the other way', async (t) => {
  const built = await build(t)
  const made = (await ask(built, announce('hello'))).json()
  const url = `/documents/${made.id}`
  const patched = await built.app.inject({ method: 'PATCH', url, payload: { title: 'Other' } })
  t.match(patched.json(), { status: 'awaiting', title: 'Other' })
  t.match((await built.app.inject({ method: 'POST', url: `${url}/reindex` })).json(), { status: 'awaiting' })
  const { payload, headers } = form([file('words'), { name: 'path', value: made.path }])
  const uploaded = await built.app.inject({ method: 'POST', url: '/documents', payload, headers })
  t.match(uploaded.json(), { status: 'queued', version: 1 })
  const again = (await ask(built, announce('hello', 'b.txt'))).json()
  t.match((await built.app.inject({ method: 'DELETE', url: `/documents/${again.id}` })).json(), { status: 'gone' })
})

test('content of an unknown type is taken, and left to the worker to refuse', async (t) => {
  const built = await build(t)
  const made = (await ask(built, announce('\u0000\u0001\u0002', 'a.bin'))).json()
  t.equal((await send(built, made, '\u0000\u0001\u0002')).statusCode, 200)
  t.match((await built.app.inject(`/documents/${made.id}`)).json(), { status: 'queued', content_type: '' })
  const content = await built.app.inject(`/documents/${made.id}/content`)
  t.equal(content.headers['content-type'], 'application/octet-stream')
})

test('over a real connection the answer is all that a program needs, for a document larger than any buffer', async (t) => {
  const built = await build(t)
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const body = 'a line of text\n'.repeat(300_000)
  const made = (await ask(built, announce(body), { host: new URL(url).host })).json()
  t.ok(made.url.startsWith(`${url}/uploads/`))
  const sent = await fetch(made.url, { method: made.method, headers: made.headers, body })
  t.equal(sent.status, 200)
  t.equal(await (await fetch(`${url}/documents/${made.id}/content`)).text(), body)
})

test('a presigned upload that breaks off leaves nothing, and can be sent again', async (t) => {
  const built = await build(t)
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const body = 'x'.repeat(1_000_000)
  const made = (await ask(built, announce(body))).json()
  const { pathname, search } = new URL(made.url)
  const headers = Object.entries(made.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = open(url)
  socket.write(
    `PUT ${pathname}${search} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers.join('')}\r\n${body.slice(0, 500_000)}`,
  )
  while ((await left(built)).length === 0) await setImmediate()
  socket.destroy()
  t.match(await built.logged((line) => line.route === '/uploads/:signature'), { level: 'INFO', aborted: true })
  while ((await left(built)).length > 0) await setImmediate()
  t.match((await built.app.inject(`/documents/${made.id}`)).json(), { status: 'awaiting' })
  t.equal((await send(built, made, body)).statusCode, 200)
})
