import { type Test, test } from 'tap'
import { isProblem, undisturbed } from './bystander.ts'
import { exchange, post } from './raw.ts'
import { type Answer, startServer } from './server.ts'

/** Refused as the caller's fault, by any of the codes that fit; never a 5xx. */
function isRefused(t: Test, answer: Answer, name: string): void {
  t.match(answer.status, /^(400|413|415)$/, `${name}: ${answer.status}`)
  isProblem(t, answer, answer.status, answer.body.code)
}

test('requests that are not what they should be', async (t) => {
  const server = await startServer(t)
  const bad = (name: string, trouble: (t: Test) => Promise<unknown>) =>
    t.test(name, (t) => undisturbed(t, server, () => trouble(t)))
  const known = await server.upload('known.md', '# Known\n\nA document that is there.\n')
  const { id } = known.body
  const json = 'application/json'

  await bad('a message of 1 MB is refused by its size, one that is too long by its field', async (t) => {
    const message = 'word '.repeat(200_000)
    for (const path of ['/chat', '/search']) {
      const name = path === '/chat' ? 'message' : 'query'
      isProblem(t, await server.call('POST', path, { [name]: message }), 413, 'payload_too_large')
      isProblem(t, await server.call('POST', path, { [name]: message.slice(0, 20_000) }), 400, 'invalid_request', name)
    }
  })

  await bad('a message that says nothing is refused', async (t) => {
    for (const text of ['', ' ', '\n\t ']) {
      isProblem(t, await server.call('POST', '/chat', { message: text }), 400, 'invalid_request', 'message')
      isProblem(t, await server.call('POST', '/search', { query: text }), 400, 'invalid_request', 'query')
    }
    isProblem(t, await server.call('POST', '/chat', {}), 400, 'invalid_request', 'message')
  })

  await bad('fields that are not known are refused by name', async (t) => {
    const search = { query: 'x' }
    const refused: [method: string, path: string, body: unknown, field: string][] = [
      ['POST', '/chat', { message: 'x', temperature: 1 }, 'temperature'],
      ['POST', '/search', { ...search, top_k: 3 }, 'top_k'],
      ['POST', '/search', { ...search, filters: { tenant: 'other' } }, 'filters.tenant'],
      ['PATCH', `/documents/${id}`, { path: 'elsewhere.md' }, 'path'],
      ['GET', '/documents?tenant=other', undefined, 'tenant'],
    ]
    for (const [method, path, body, field] of refused)
      isProblem(t, await server.call(method, path, body), 400, 'unknown_field', field)
    isProblem(t, await server.upload('a.md', 'words', { tenant: 'other' }), 400, 'unknown_field', 'tenant')
  })

  await bad('limits outside of what is allowed are refused', async (t) => {
    for (const limit of [0, 51, -1, 1.5, 1e99, '5', null]) {
      isProblem(t, await server.call('POST', '/chat', { message: 'x', limit }), 400, 'invalid_request', 'limit')
      isProblem(t, await server.call('POST', '/search', { query: 'x', limit }), 400, 'invalid_request', 'limit')
    }
    for (const limit of ['0', '201', '-1', '1e3', 'x', ''])
      isProblem(t, await server.call('GET', `/documents?limit=${limit}`), 400, 'invalid_request', 'limit')
  })

  await bad('JSON that is broken, or something else, is refused', async (t) => {
    const bodies = [
      '',
      '{',
      '{"message": "x"',
      '[]',
      'null',
      '"x"',
      '7',
      '{"message": 5}',
      '{"message": {"a": 1}}',
      '{"message": "x", "__proto__": {"a": 1}}',
      '{"message": "x", "constructor": {"prototype": {}}}',
      '\u0000',
      '['.repeat(100_000),
      `{"message": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      '{"message": "\\ud8"}',
    ]
    for (const body of bodies)
      for (const path of ['/chat', '/search']) isRefused(t, await post(server, path, json, body), body.slice(0, 40))
    isRefused(t, await post(server, '/chat', json, new Uint8Array(1000).fill(0xff)), 'no UTF-8')
    for (const type of ['text/plain', 'application/xml', 'x'])
      isProblem(t, await post(server, '/chat', type, '{"message": "x"}'), 415, 'unsupported_media_type')
  })

  await bad('half a surrogate is replaced in questions and refused in what is kept', async (t) => {
    const half = '\ud800'
    for (const [path, body] of [
      ['/chat', { message: `x ${half} y` }],
      ['/search', { query: `known ${half}` }],
    ] as const) {
      const answer = await server.call('POST', path, body)
      t.equal(answer.status, 200)
      t.ok(JSON.stringify(answer.body).isWellFormed())
    }
    const filtered = { query: 'known', filters: { path: half, tags: [half], metadata: { [half]: half } } }
    t.match(await server.call('POST', '/search', filtered), { status: 200, body: { count: 0 } })
    isProblem(t, await server.call('POST', '/chat', { message: 'x', [half]: 1 }), 400, 'unknown_field', '\ufffd')
    isProblem(t, await server.call('POST', '/chat', { message: 'x', conversation_id: half }), 400, 'invalid_request')
    for (const attributes of [
      { title: half },
      { tags: [half] },
      { metadata: { a: half } },
      { metadata: { [half]: 1 } },
    ])
      isProblem(t, await server.call('PATCH', `/documents/${id}`, attributes), 400, 'invalid_metadata')
    isProblem(t, await server.upload('half.md', 'words', { metadata: '{"a": "\\ud800"}' }), 400, 'invalid_metadata')
  })

  await bad('headers that are huge are refused', async (t) => {
    const host = new URL(server.url).host
    for (const bytes of [70_000, 1_000_000]) {
      const request = `GET /health HTTP/1.1\r\nHost: ${host}\r\nx-large: ${'x'.repeat(bytes)}\r\n\r\n`
      isProblem(t, await exchange(server, request), 431, 'headers_too_large')
    }
    const many = Array.from({ length: 20_000 }, (_, at) => `x-${at}: y\r\n`).join('')
    isProblem(
      t,
      await exchange(server, `GET /health HTTP/1.1\r\nHost: ${host}\r\n${many}\r\n`),
      431,
      'headers_too_large',
    )
    isProblem(t, await exchange(server, 'This is no request\r\n\r\n'), 400, 'invalid_request')
  })
})
