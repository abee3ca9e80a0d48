import { test } from 'tap'
import { build } from './helper.ts'
import { exchange } from './raw.ts'

const ask = (payload: object | string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  ({ method: 'POST', url: '/chat', payload, headers }) as const

test('every error is problem+json with all its members and the id of the request', async (t) => {
  const { app } = await build(t)
  for (const url of ['/nothing', '/documents/unknown', '/documents?limit=0']) {
    const { headers, statusCode, json } = await app.inject(url)
    t.match(headers['content-type'], /^application\/problem\+json/)
    const problem = json()
    t.match(problem, { type: /^urn:kass:error:/, title: String, detail: String, code: String })
    t.equal(problem.status, statusCode)
    t.equal(problem.request_id, headers['x-request-id'])
  }
})

test('a valid x-request-id is taken over, any other is replaced', async (t) => {
  const { app } = await build(t)
  const idFor = async (id: string) => {
    const { headers } = await app.inject({ url: '/health', headers: { 'x-request-id': id } })
    return headers['x-request-id']
  }
  t.equal(await idFor('build-7.3:a_b'), 'build-7.3:a_b')
  for (const id of ['', 'a b', 'x'.repeat(129), '<script>', 'a\tb']) t.match(await idFor(id), /^[0-9A-Z]{26}$/)
})

test('an unknown field is refused with its name, at any depth', async (t) => {
  const { app } = await build(t)
  const refused = async (payload: object) => (await app.inject(ask(payload))).json()
  t.match(await refused({ message: 'x', messages: [] }), { code: 'unknown_field', field: 'messages' })
  t.match(await refused({ message: 'x', filters: { tag: 'y' } }), { code: 'unknown_field', field: 'filters.tag' })
  t.match((await app.inject('/documents?offset=3')).json(), { code: 'unknown_field', field: 'offset' })
})

test('what is missing, empty, of another type or out of its bounds is refused with the name of the field', async (t) => {
  const { app } = await build(t)
  for (const [payload, field] of [
    [{}, 'message'],
    [{ message: '' }, 'message'],
    [{ message: ' \n ' }, 'message'],
    [{ message: 7 }, 'message'],
    [{ message: 'x', limit: 0 }, 'limit'],
    [{ message: 'x', limit: 51 }, 'limit'],
    [{ message: 'x', limit: '5' }, 'limit'],
    [{ message: 'x', limit: 1.5 }, 'limit'],
    [{ message: 'x', conversation_id: 'a/b' }, 'conversation_id'],
    [{ message: 'x', filters: { tags: [1] } }, 'filters.tags.0'],
  ] as const) {
    const response = await app.inject(ask(payload))
    t.equal(response.statusCode, 400)
    t.match(response.json(), { code: 'invalid_request', field }, JSON.stringify(payload))
  }
  t.match((await app.inject('/documents?limit=five')).json(), { code: 'invalid_request', field: 'limit' })
  t.match((await app.inject('/documents?limit=1&limit=2')).json(), { code: 'invalid_request', field: 'limit' })
})

test('a question longer than the limit is refused', async (t) => {
  const { app } = await build(t, { env: { MAX_MESSAGE_CHARS: '100' } })
  t.equal((await app.inject(ask({ message: 'x'.repeat(100) }))).statusCode, 200)
  t.match((await app.inject(ask({ message: 'x'.repeat(101) }))).json(), { code: 'invalid_request', field: 'message' })
})

test('a body that is not JSON is refused as such', async (t) => {
  const { app } = await build(t)
  for (const payload of ['{', '', '{"message":"x","__proto__":{}}', '\u0000', '[]', 'null', '"x"']) {
    const response = await app.inject(ask(payload))
    t.equal(response.statusCode, 400, JSON.stringify(payload))
    t.equal(response.json().code, 'invalid_request')
  }
})

test('a body of another type is refused with 415', async (t) => {
  const { app } = await build(t)
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense']) {
    const response = await app.inject(ask('message=x', { 'content-type': type }))
    t.equal(response.statusCode, 415, type)
    t.equal(response.json().code, 'unsupported_media_type')
  }
})

test('a known address with another method answers 405 and names the methods', async (t) => {
  const { app } = await build(t)
  const response = await app.inject({ method: 'PUT', url: '/documents/x?y=1' })
  t.equal(response.statusCode, 405)
  t.equal(response.json().code, 'method_not_allowed')
  t.strictSame(String(response.headers.allow).split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH'])
  const uploads = await app.inject({ method: 'OPTIONS', url: '/documents/uploads' })
  t.equal(uploads.headers.allow, 'POST')
})

test('a body over the limit is refused with 413, and the client can read that while it still sends', async (t) => {
  const { app } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const body = JSON.stringify({ message: 'x'.repeat(2 ** 20) })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/chat`, { method: 'POST', headers, body })
  t.equal(response.status, 413)
  t.match(await response.json(), { code: 'payload_too_large' })
  const pieces = new ReadableStream({
    start(controller) {
      for (const piece of body.match(/.{1,65536}/gs) ?? []) controller.enqueue(Buffer.from(piece))
      controller.close()
    },
  })
  const streamed = await fetch(`${url}/chat`, { method: 'POST', headers, body: pieces, duplex: 'half' })
  t.equal(streamed.status, 413, 'the same without a known length')
})

test('what cannot be routed or is not HTTP gets a problem with a request id too', async (t) => {
  const { app } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const [request, status, code] of [
    ['GET /documents/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400, 'invalid_request'],
    [
      `GET /documents/${'x'.repeat(1000)} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      414,
      'uri_too_long',
    ],
    [`GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(70_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['nonsense\r\n\r\n', 400, 'invalid_request'],
    ['GET / HTTP/1.1\r\n\r\n', 400, 'invalid_request'],
  ] as const) {
    const text = await exchange(url, request)
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), request.slice(0, 40))
    t.match(text, /x-request-id: \S+/i)
    t.match(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))), { code, status, request_id: String })
  }
})

test('a request that does not arrive in time is ended with 408', async (t) => {
  const { app } = await build(t, { env: { REQUEST_TIMEOUT_MS: '200' } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const head =
    'POST /chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{'
  const text = await exchange(url, head)
  t.match(text, /^HTTP\/1\.1 408 /)
  t.match(text, /"code":"request_timeout"/)
})

test('a fault of ours tells callers nothing but the id to look for, and the log everything', async (t) => {
  const secret = new Error('the password is swordfish')
  const { app, log } = await build(t, { chat: { trace: () => Promise.reject(secret) } })
  const response = await app.inject('/answers/x/trace')
  t.equal(response.statusCode, 500)
  t.equal(response.json().code, 'internal')
  t.notMatch(response.body, /swordfish/)
  t.match(
    log.find(({ requestId }) => requestId === response.headers['x-request-id']),
    {
      level: 'ERROR',
      status: 500,
      err: { message: 'the password is swordfish' },
    },
  )
})

test('a request without Host, and one with an unknown method, get a problem that says so', async (t) => {
  const { app } = await build(t)
  const url = await app.listen({ port: 0 })
  for (const [request, status, code, detail] of [
    ['GET /health HTTP/1.1\r\n\r\n', 400, 'invalid_request', /lacks the header/],
    ['FOO /health HTTP/1.1\r\nhost: localhost\r\n\r\n', 405, 'method_not_allowed', /method "FOO"/],
    ['\u0001\u0002\r\n\r\n', 400, 'invalid_request', /not HTTP/],
  ] as const) {
    const [head = '', body = ''] = (await exchange(url, request)).split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.match(head, /content-type: application\/problem\+json/i)
    if (status === 405) t.match(head, /^allow: .*GET/m)
    t.match(JSON.parse(body), { status, code, detail })
  }
})

test('an empty question is refused in words for people', async (t) => {
  const { app } = await build(t)
  t.equal((await app.inject(ask({ message: ' ' }))).json().detail, 'The field "message" must not be empty.')
})

test('a way out of the files of Swagger UI leads to nothing', async (t) => {
  const { app } = await build(t)
  for (const url of ['/docs/static/../../package.json', '/docs/static/%2e%2e/%2e%2e/package.json']) {
    const response = await app.inject({ url })
    t.equal(response.statusCode, 404, url)
    t.match(response.json(), { code: 'not_found' })
  }
})
