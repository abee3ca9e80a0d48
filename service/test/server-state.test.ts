import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { build, putReady } from './helper.ts'

test('readiness names its parts, how search works and the model to admins only', async (t) => {
  const { app, key } = await build(t, { env: { AUTH: 'keys' } })
  t.strictSame((await app.inject('/ready')).json(), { status: 'ready' })
  const plain = { 'x-api-key': await key({ scopes: ['chat'] }) }
  t.strictSame((await app.inject({ url: '/ready', headers: plain })).json(), { status: 'ready' })
  t.match((await app.inject({ url: '/ready', headers: { 'x-api-key': await key() } })).json(), {
    checks: [
      { name: 'documents', ok: true, latency_ms: Number },
      { name: 'index', ok: true },
      { name: 'queue', ok: true },
      { name: 'room', ok: true },
    ],
    search: { mode: 'text', notice: /EMBEDDER=none/ },
    chat: { model: 'extractive', generates: false },
  })
})

test('a part that does not answer makes the server not ready, and is asked at most every two seconds', async (t) => {
  let now = 1_000_000
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' }, clock: () => now })
  const depth = ports.queue.depth
  let asked = 0
  ports.queue.depth = () => {
    asked++
    return Promise.reject(new Error('the disk is gone'))
  }
  const refused = await app.inject('/ready')
  t.equal(refused.statusCode, 503)
  t.match(refused.json(), { code: 'not_ready' })
  t.notMatch(refused.body, 'the disk is gone')
  const shown = await app.inject({ url: '/ready', headers: { 'x-api-key': await key() } })
  t.match(shown.json().checks[2], { name: 'queue', ok: false, error: 'the disk is gone' })
  t.equal(asked, 1)
  ports.queue.depth = depth
  t.equal((await app.inject('/ready')).statusCode, 503, 'still the outcome of before')
  now += 2_000
  t.equal((await app.inject('/ready')).statusCode, 200)
})

test('a request is one line of the log, with the route and without what was asked', async (t) => {
  const { app, log, key } = await build(t, { env: { AUTH: 'keys' } })
  const text = await key({ tenant: 'acme', subject: 'ada' })
  const before = log.length
  const headers = { 'x-api-key': text }
  await app.inject({ method: 'POST', url: '/search?secret=1', headers, payload: { query: 'swordfish' } })
  await app.inject({ url: '/documents/doc_secret/content?x=swordfish', headers })
  const lines = log.slice(before)
  t.match(lines, [
    {
      level: 'INFO',
      route: '/search',
      method: 'POST',
      status: 200,
      subject: 'ada',
      tenant: 'acme',
      latency: Number,
      requestId: String,
    },
    { route: '/documents/:id/content', status: 404 },
  ])
  t.equal(lines.length, 2)
  t.notMatch(JSON.stringify(lines), /swordfish|secret|kass_/)
})

test('usage is counted by subject and day, and nothing of it is lost when the server closes', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' }, clock: () => Date.UTC(2026, 0, 31) })
  const headers = { 'x-api-key': await key({ tenant: 'acme', subject: 'ada' }) }
  for (const stream of [true, false]) {
    await app.inject({ method: 'POST', url: '/chat', headers, payload: { message: 'x', stream } })
  }
  await app.inject({ url: '/documents', headers })
  await app.inject('/documents')
  const who = { tenant: 'acme', subject: 'ada', day: '2026-01-31' }
  t.match(await ports.access.usage(who), { requests: 0 }, 'no request waits for the counters')
  const { count } = ports.access
  let failures = 1
  ports.access.count = (...given) => (failures-- > 0 ? Promise.reject(new Error('busy')) : count(...given))
  await app.close()
  t.strictSame(await ports.access.usage(who), { requests: 3, inputTokens: 14, outputTokens: 6 })
})

test('search gives passages with where they open, and says what was really searched', async (t) => {
  const { app, ports } = await build(t)
  const { id } = await putReady(ports, { path: 'hr/a.txt' }, 'New employees have leave.', {
    tags: ['hr'],
    metadata: { year: 2026 },
  })
  await putReady(ports, { path: 'b.txt' }, 'Old employees have leave.')
  const search = async (payload: object) => app.inject({ method: 'POST', url: '/search', payload })
  t.match((await search({ query: 'new employees' })).json(), {
    query: 'new employees',
    count: 2,
    mode: 'text',
    notice: /EMBEDDER/,
    results: [
      {
        document_id: id,
        path: 'hr/a.txt',
        locator: 'lines 1-1',
        text: 'New employees have leave.',
        metadata: { year: 2026 },
      },
    ],
  })
  for (const filters of [
    { tags: ['hr'] },
    { path: 'hr/' },
    { metadata: { year: [2025, 2026] } },
    { document_ids: [id] },
  ]) {
    t.equal((await search({ query: 'employees', filters })).json().count, 1, JSON.stringify(filters))
  }
  t.equal((await search({ query: 'employees', limit: 1 })).json().count, 1)
  const vector = await search({ query: 'x', mode: 'vector' })
  t.equal(vector.statusCode, 409)
  t.match(vector.json(), { code: 'embedder_not_configured', title: /EMBEDDER/ })
})

test('an error of a port is answered with its own status', async (t) => {
  const retriever = { search: () => Promise.reject(new KassError('model_timeout')) }
  const { app } = await build(t, { retriever })
  const response = await app.inject({ method: 'POST', url: '/search', payload: { query: 'x' } })
  t.equal(response.statusCode, 504)
})
