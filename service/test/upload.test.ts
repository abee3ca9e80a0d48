import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { documentId } from '../../shared/documents/identity.ts'
import { type Built, build, type FormPart, file, form, putReady } from './helper.ts'
import { open, readAll, readUntil } from './raw.ts'

const field = (name: string, value: string): FormPart => ({ name, value })

async function upload({ app }: Pick<Built, 'app'>, parts: readonly FormPart[], headers: Record<string, string> = {}) {
  const { payload, headers: own } = form(parts)
  return app.inject({ method: 'POST', url: '/documents', payload, headers: { ...own, ...headers } })
}

/** Files that are neither a document's nor gone. */
const left = async ({ config }: Built) => readdir(join(config.KASS_DATA, 'objects', 'staging'))

test('an upload is accepted, named by its path, and waits for the worker', async (t) => {
  const built = await build(t)
  const response = await upload(built, [field('path', 'hr/handbook.txt'), file('All about leave.')])
  const id = documentId({ tenant: 'default', path: 'hr/handbook.txt' })
  t.equal(response.statusCode, 202)
  t.strictSame(response.json(), { id, path: 'hr/handbook.txt', version: 1, status: 'queued', unchanged: false })
  t.equal(response.headers.location, `/documents/${id}`)
  t.match((await built.app.inject(`/documents/${id}`)).json(), {
    status: 'queued',
    searchable: false,
    size: 16,
    content_type: 'text/plain',
    title: 'handbook.txt',
  })
  t.equal((await built.ports.queue.depth()).visible, 1)
  t.strictSame(await left(built), [])
})

test('fields count in any order, before and after the file', async (t) => {
  const built = await build(t)
  const fields = [
    field('path', 'a.txt'),
    field('title', '  A title '),
    field('groups', 'hr'),
    field('groups', 'sales, legal'),
    field('tags', '["one, two", "three"]'),
    field('metadata', '{"year": 2026, "draft": false, "by": "Ada"}'),
  ]
  for (const parts of [
    [...fields, file('1')],
    [file('2'), ...fields],
    [...fields.slice(0, 3), file('3'), ...fields.slice(3)],
  ]) {
    const { id } = (await upload(built, parts)).json()
    t.match((await built.app.inject(`/documents/${id}`)).json(), {
      path: 'a.txt',
      title: 'A title',
      groups: ['hr', 'sales', 'legal'],
      tags: ['one, two', 'three'],
      metadata: { year: 2026, draft: false, by: 'Ada' },
    })
  }
})

test('a field that comes as JSON counts like one that comes as text', async (t) => {
  const built = await build(t)
  const json = (name: string, value: unknown) => ({ name, value: JSON.stringify(value), type: 'application/json' })
  const response = await upload(built, [file('x'), json('metadata', { year: 1 }), json('tags', ['a'])])
  const shown = (await built.app.inject(`/documents/${response.json().id}`)).json()
  t.match(shown, { metadata: { year: 1 }, tags: ['a'] })
})

test("the path is the file's name when it is not given, without any folders in it", async (t) => {
  const built = await build(t)
  for (const [name, path] of [
    ['Größe.txt', 'Größe.txt'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\note.txt', 'note.txt'],
  ]) {
    t.equal((await upload(built, [file('x', name)])).json().path, path)
  }
})

test('a path that leaves its place is refused', async (t) => {
  const built = await build(t)
  for (const path of ['../x', '/etc/passwd', 'a/../b', 'a//b', 't/other/x', 'a\\b', 'a\u0000b', '.', 'x'.repeat(901)]) {
    const response = await upload(built, [file('x'), field('path', path)])
    t.equal(response.statusCode, 400, path.slice(0, 20))
    t.match(response.json(), { code: 'invalid_path', field: 'path' })
  }
  t.strictSame(await left(built), [])
})

test('the same bytes with the same attributes are not taken twice', async (t) => {
  const built = await build(t)
  const parts = [file('same'), field('tags', 'b,a'), field('metadata', '{"x":1}')]
  const first = (await upload(built, parts)).json()
  const again = await upload(built, [field('tags', 'a,b'), file('same')])
  t.equal(again.statusCode, 200)
  t.strictSame(again.json(), { ...first, unchanged: true })
  t.equal((await upload(built, [file('same'), field('tags', 'c')])).statusCode, 202, 'other attributes')
  const other = await upload(built, [file('other')])
  t.equal(other.statusCode, 202, 'other bytes')
  t.equal(other.json().version, 3)
  t.strictSame(await left(built), [])
})

test('the same bytes are taken again when others came that no record has seen', async (t) => {
  const built = await build(t)
  const { path } = (await upload(built, [file('wanted')])).json()
  const staged = await built.ports.objects.stage(Readable.from(['unseen']), { maxBytes: 100 })
  await staged.commit({ tenant: 'default', path }, { contentType: 'text/plain' })
  t.equal((await upload(built, [file('wanted')])).statusCode, 202)
  t.equal((await built.ports.objects.head({ tenant: 'default', path }))?.size, 6)
  t.equal((await built.ports.objects.revisions({ tenant: 'default', path })).length, 3)
})

test('the same bytes are taken again once the document has failed or was deleted', async (t) => {
  const built = await build(t)
  const { id } = (await upload(built, [file('same')])).json()
  const record = await built.ports.documents.byId('default', id)
  if (!record) throw new Error('there is no record')
  const held = await built.ports.documents.claim(record, { holder: 'w', leaseMs: 60_000 })
  if (!('claim' in held)) throw new Error('the claim is held')
  await built.ports.documents.fail(held.claim, { code: 'damaged', message: 'It is damaged.', fingerprint: 'f' })
  t.equal((await upload(built, [file('same')])).statusCode, 202, 'failed')
  await built.app.inject({ method: 'DELETE', url: `/documents/${id}` })
  t.equal((await upload(built, [file('same')])).statusCode, 202, 'deleted')
  t.equal((await built.app.inject(`/documents/${id}`)).json().status, 'queued')
})

test('bad forms are refused, each with its code', async (t) => {
  const built = await build(t)
  for (const [parts, status, expected] of [
    [[file('')], 400, { code: 'empty_file' }],
    [[field('path', 'x')], 400, { code: 'missing_file' }],
    [[field('file', 'x')], 400, { code: 'missing_file' }],
    [[file('x'), file('y')], 400, { code: 'invalid_request', field: 'file' }],
    [[file('x'), field('titel', 'y')], 400, { code: 'unknown_field', field: 'titel' }],
    [[{ name: 'document', value: 'x', fileName: 'x.txt' }], 400, { code: 'unknown_field', field: 'document' }],
    [[file('x'), field('path', 'a'), field('path', 'b')], 400, { code: 'invalid_request', field: 'path' }],
    [[file('x'), field('metadata', '{')], 400, { code: 'invalid_metadata', field: 'metadata' }],
    [[file('x'), field('metadata', '[]')], 400, { code: 'invalid_metadata', field: 'metadata' }],
    [[file('x'), field('metadata', '{"a":{"b":1}}')], 400, { code: 'invalid_metadata', field: 'metadata.a' }],
    [[file('x'), field('title', 'y'.repeat(301))], 400, { code: 'invalid_metadata', field: 'title' }],
    [[file('x'), field('tags', '["a", 1]')], 400, { code: 'invalid_metadata', field: 'tags' }],
    [[file('x'), field('groups', '*')], 400, { code: 'invalid_metadata', field: 'groups' }],
    [[file('x'), field('title', 'y'.repeat(20_000))], 400, { code: 'invalid_request', field: 'title' }],
    [[file(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), 'report.pdf')], 415, { code: 'unsupported_media_type' }],
  ] as const) {
    const response = await upload(built, parts)
    t.equal(response.statusCode, status, JSON.stringify(expected))
    t.match(response.json(), expected)
  }
  t.strictSame((await built.app.inject('/documents')).json().items, [])
  t.strictSame(await left(built), [])
})

test('a body that is no form, or a broken one, is refused', async (t) => {
  const built = await build(t)
  const { app } = built
  const send = (payload: string | Buffer, type?: string) =>
    app.inject({ method: 'POST', url: '/documents', payload, headers: type ? { 'content-type': type } : {} })
  t.equal((await send('{}', 'application/json')).statusCode, 415)
  t.equal((await send('x', 'text/plain')).statusCode, 415)
  t.equal((await app.inject({ method: 'POST', url: '/documents' })).statusCode, 400, 'no body at all')
  t.equal((await send('x', 'multipart/form-data')).statusCode, 400, 'no boundary')
  t.equal((await send('x', 'multipart/form-data; boundary=y')).statusCode, 400, 'no parts')
  t.equal((await send('', 'multipart/form-data; boundary=y')).statusCode, 400, 'nothing')
  const cut = form([file('x'.repeat(100))], { end: false })
  t.equal((await send(cut.payload, cut.headers['content-type'])).statusCode, 400, 'no end')
  t.equal((await send(cut.payload.subarray(0, 130), cut.headers['content-type'])).statusCode, 400, 'cut in the file')
  t.strictSame(await left(built), [])
})

test('a broken disk is a fault of ours', async (t) => {
  const built = await build(t)
  built.ports.objects.stage = async (body) => {
    body.resume()
    throw new Error('ENOSPC')
  }
  t.equal((await upload(built, [file('x')])).statusCode, 500)
})

test('a document over the limit is refused while the client still sends, and the connection lives on', async (t) => {
  const built = await build(t, { env: { MAX_UPLOAD_BYTES: '65536' } })
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const socket = open(url)
  const { payload, headers } = form([file(Buffer.alloc(100_000, 'x'))])
  const head = `POST /documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${payload.length}\r\n\r\n`
  socket.write(head)
  socket.write(payload.subarray(0, 90_000))
  const answer = await readUntil(socket, '}')
  t.match(answer, /^HTTP\/1\.1 413 /)
  t.match(answer, /"code":"payload_too_large"/)
  socket.write(payload.subarray(90_000))
  socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  t.match(await readAll(socket), /^HTTP\/1\.1 200 /, 'the next request on the same connection')
  t.strictSame(await left(built), [])
})

test('200 MB are refused before they were sent', async (t) => {
  const built = await build(t)
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const socket = open(url)
  const { headers } = form([])
  socket.write(
    `POST /documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${200 * 2 ** 20}\r\n\r\n`,
  )
  t.match(await readUntil(socket, '}'), /^HTTP\/1\.1 413 /)
  socket.destroy()
})

test('an upload that breaks off leaves nothing', async (t) => {
  const built = await build(t)
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const socket = open(url)
  const { payload, headers } = form([file(Buffer.alloc(100_000, 'x'))])
  socket.write(
    `POST /documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${payload.length}\r\n\r\n`,
  )
  const accepted = once(built.app.server, 'request')
  socket.write(payload.subarray(0, 50_000))
  await accepted
  socket.destroy()
  await built.logged(({ route }) => route === '/documents')
  // The answer is logged when the connection goes; the file goes when its stream has ended.
  while ((await left(built)).length > 0) await new Promise((next) => setImmediate(next))
  t.strictSame((await built.app.inject('/documents')).json().items, [])
})

test('an upload that never goes on is ended', async (t) => {
  const built = await build(t, { env: { REQUEST_TIMEOUT_MS: '300' } })
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const socket = open(url)
  const { payload, headers } = form([file(Buffer.alloc(1_000, 'x'))])
  socket.write(
    `POST /documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${payload.length}\r\n\r\n`,
  )
  socket.write(payload.subarray(0, 500))
  t.match(await readAll(socket), /^HTTP\/1\.1 408 /)
  while ((await left(built)).length > 0) await new Promise((next) => setImmediate(next))
})

test('callers assign only groups they hold, unless they are admins', async (t) => {
  const built = await build(t, { env: { AUTH: 'keys' } })
  const keyOf = async (groups: string[], admin = false) => ({
    'x-api-key': await built.key({ groups, scopes: admin ? ['admin'] : ['documents:write', 'documents:read'] }),
  })
  const parts = [file('x'), field('groups', 'hr')]
  const refused = await upload(built, parts, await keyOf(['sales']))
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'forbidden', field: 'groups' })
  t.equal((await upload(built, parts, await keyOf(['hr', 'sales']))).statusCode, 202)
  t.equal(
    (await upload(built, [file('y', 'b.txt'), field('groups', 'hr')], await keyOf(['sales'], true))).statusCode,
    202,
  )
  t.equal((await upload(built, [file('z', 'c.txt'), field('groups', 'hr')], await keyOf(['*']))).statusCode, 202)
})

test('a path that belongs to a hidden document cannot be overwritten', async (t) => {
  const built = await build(t, { env: { AUTH: 'keys' } })
  const record = await putReady(built.ports, { path: 'pay.txt' }, 'secret', { groups: ['hr'] })
  const headers = { 'x-api-key': await built.key({ groups: ['sales'], scopes: ['documents:write'] }) }
  const response = await upload(built, [file('mine', 'pay.txt')], headers)
  t.equal(response.statusCode, 403)
  t.equal((await built.ports.documents.get(record))?.version, 1)
})

test('a new life of a deleted document inherits nothing of the one before', async (t) => {
  const built = await build(t, { env: { AUTH: 'keys' } })
  const record = await putReady(built.ports, { path: 'pay.txt' }, 'secret', {
    groups: ['hr'],
    title: 'Pay',
    tags: ['x'],
  })
  const head = await built.ports.objects.head(record)
  await built.ports.documents.markDeleted(record, head?.revision)
  const headers = { 'x-api-key': await built.key({ groups: ['sales'], scopes: ['documents:write', 'documents:read'] }) }
  t.equal((await upload(built, [file('mine', 'pay.txt')], headers)).statusCode, 202)
  const shown = await built.app.inject({ url: `/documents/${record.id}`, headers })
  t.match(shown.json(), { title: 'pay.txt', groups: [], tags: [], metadata: {} })
})

test('the same path in two tenants is two documents', async (t) => {
  const built = await build(t, { env: { AUTH: 'keys' } })
  const ids = []
  for (const tenant of ['one', 'two']) {
    ids.push((await upload(built, [file('x')], { 'x-api-key': await built.key({ tenant }) })).json().id)
  }
  t.not(ids[0], ids[1])
  const headers = { 'x-api-key': await built.key({ tenant: 'one' }) }
  t.equal((await built.app.inject({ url: `/documents/${ids[1]}`, headers })).statusCode, 404)
})
