import { test } from 'tap'
import { parseApiKey } from '../../shared/ports/access-key.ts'
import { build } from './helper.ts'

const keys = { env: { AUTH: 'keys' } }

test('without a key the API answers 401 and says how to send one', async (t) => {
  const { app } = await build(t, keys)
  const response = await app.inject('/documents')
  t.equal(response.statusCode, 401)
  t.match(response.headers['www-authenticate'], /^Bearer/)
  t.match(response.json(), { code: 'unauthorized', request_id: response.headers['x-request-id'] })
})

test('a key is taken from x-api-key and from Authorization: Bearer', async (t) => {
  const { app, key } = await build(t, keys)
  const text = await key()
  for (const headers of [
    { 'x-api-key': text },
    { authorization: `Bearer ${text}` },
    { authorization: `bearer ${text}` },
  ]) {
    t.equal((await app.inject({ url: '/documents', headers })).statusCode, 200)
  }
})

test('neither another secret under a known id nor a text that is no key lets anybody in', async (t) => {
  const { app, key } = await build(t, keys)
  const [one, other] = [await key(), await key()]
  const mixed = `kass_${parseApiKey(one)?.id}_${parseApiKey(other)?.secret}`
  for (const text of [mixed, `${one}x`, 'kass__', '', '💥', `${one}, ${other}`]) {
    const headers = { 'x-api-key': Buffer.from(text).toString('latin1') }
    t.equal((await app.inject({ url: '/documents', headers })).statusCode, 401, text)
  }
  t.equal((await app.inject({ url: '/documents', headers: { authorization: `Basic ${one}` } })).statusCode, 401)
})

test('a revocation holds from the next request on', async (t) => {
  const { app, key, ports } = await build(t, keys)
  const text = await key()
  const call = () => app.inject({ url: '/documents', headers: { 'x-api-key': text } })
  t.equal((await call()).statusCode, 200)
  await ports.access.revoke(parseApiKey(text)?.id ?? '', Date.now())
  t.equal((await call()).statusCode, 401)
})

test('a key without the scope of a route is refused with the name of that scope', async (t) => {
  const { app, key } = await build(t, keys)
  const headers = { 'x-api-key': await key({ scopes: ['search'] }) }
  const response = await app.inject({ url: '/documents', headers })
  t.equal(response.statusCode, 403)
  t.match(response.json(), { code: 'forbidden', detail: /documents:read/ })
  t.equal((await app.inject({ method: 'POST', url: '/search', headers, payload: { query: 'x' } })).statusCode, 200)
})

test('each scope opens its own routes and no other', async (t) => {
  const { app, key } = await build(t, keys)
  const calls = [
    ['chat', 'POST', '/chat', { message: 'x' }],
    ['chat', 'GET', '/conversations', undefined],
    ['chat', 'GET', '/answers/x/trace', undefined],
    ['search', 'POST', '/search', { query: 'x' }],
    ['documents:read', 'GET', '/documents', undefined],
    ['documents:read', 'GET', '/documents/x/content', undefined],
    ['documents:read', 'GET', '/documents/x/chunks', undefined],
    ['documents:write', 'PATCH', '/documents/x', { title: 'x' }],
    ['documents:write', 'DELETE', '/documents/x', undefined],
    ['documents:write', 'POST', '/documents/x/reindex', undefined],
  ] as const
  for (const scope of ['chat', 'search', 'documents:read', 'documents:write'] as const) {
    const headers = { 'x-api-key': await key({ scopes: [scope] }) }
    for (const [needed, method, url, payload] of calls) {
      const { statusCode } = await app.inject({ method, url, headers, payload })
      t.equal(statusCode === 403, needed !== scope, `${scope}: ${method} ${url} answers ${statusCode}`)
    }
  }
})

test('health, readiness and the documentation need no key', async (t) => {
  const { app } = await build(t, keys)
  for (const url of ['/health', '/ready', '/docs', '/docs/static/swagger-initializer.js', '/openapi.json']) {
    t.equal((await app.inject(url)).statusCode, 200, url)
  }
})

test('without keys only this machine may be named by Host', async (t) => {
  const { app } = await build(t)
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '127.9.9.9', '[::1]:8080']) {
    t.equal((await app.inject({ url: '/documents', headers: { host } })).statusCode, 200, host)
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8080',
    'localhost@evil.example',
    '10.0.0.1',
  ]) {
    const response = await app.inject({ url: '/documents', headers: { host } })
    t.equal(response.statusCode, 403, host)
    t.equal(response.json().code, 'foreign_origin')
  }
})

test('without keys a page of another site can neither read nor write', async (t) => {
  const { app } = await build(t)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const response = await app.inject({ method: 'POST', url: '/search', headers, payload: { query: 'x' } })
    t.equal(response.statusCode, 403, JSON.stringify(headers))
    t.equal(response.json().code, 'foreign_origin')
  }
  const own = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }
  t.equal((await app.inject({ url: '/documents', headers: own })).statusCode, 200)
})

test('an address that sends many refused keys is told to wait, and holders of a key there are not', async (t) => {
  const { app, key } = await build(t, keys)
  const text = await key()
  const statuses = new Set<number>()
  for (let count = 0; count < 70; count++) {
    const response = await app.inject({ url: '/documents', headers: { 'x-api-key': 'kass_wrong' } })
    statuses.add(response.statusCode)
    if (response.statusCode === 429) t.match(response.headers['retry-after'], /^[1-9]\d*$/)
  }
  t.strictSame([...statuses], [401, 429])
  t.equal((await app.inject({ url: '/documents', headers: { 'x-api-key': text } })).statusCode, 200)
})
