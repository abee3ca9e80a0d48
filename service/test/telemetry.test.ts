import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { toldTelemetry } from '../../test/stack/told-telemetry.ts'
import { build } from './helper.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`

test('every line of a request and every error carry its id and that of its trace', async (t) => {
  const retriever = {
    search: () => Promise.reject(new KassError('search_unavailable', { cause: new Error('no route') })),
  }
  const { app, log, logged } = await build(t, { retriever })
  const headers = { traceparent, 'x-request-id': 'mine' }
  const response = await app.inject({ method: 'POST', url: '/search', headers, payload: { query: 'anything' } })
  t.match(response.json(), { code: 'search_unavailable', request_id: 'mine', trace_id: traceId })
  const line = await logged(({ message, route }) => message === 'request' && route === '/search')
  t.match(line, { requestId: 'mine', traceId, status: 503, code: 'search_unavailable', level: 'ERROR' })
  t.match(line.err, { message: 'no route' })
  t.equal(JSON.stringify(line).split('"requestId"').length, 2, 'once')
  t.ok(log.every(({ message, requestId }) => message !== 'request' || requestId === 'mine'))
})

test('a request that brings no trace, or nonsense, has a new one', async (t) => {
  const { app } = await build(t)
  const ids = []
  for (const headers of [{}, { traceparent: 'nonsense' }, {}]) {
    const { trace_id } = (await app.inject({ url: '/nothing', headers })).json()
    t.match(trace_id, /^[0-9a-f]{32}$/)
    ids.push(trace_id)
  }
  t.equal(new Set(ids).size, 3)
})

test('a slow request is logged with the time of each stage', async (t) => {
  const { app, logged } = await build(t, { env: { SLOW_REQUEST_MS: '1' } })
  // The first search starts the index thread, which takes longer than a millisecond.
  await app.inject({ method: 'POST', url: '/search', payload: { query: 'anything' } })
  const line = await logged(({ message }) => message === 'slow request')
  t.match(line, { level: 'WARN', route: '/search', method: 'POST', status: 200, latency: Number, requestId: String })
  t.match(line.stages, { 'search.index': Number, 'search.total': Number })
})

test('there is no GET /metrics unless it is switched on', async (t) => {
  const { app } = await build(t)
  t.equal((await app.inject({ url: '/metrics' })).statusCode, 404)
})

test('GET /metrics is for admins, or for everyone when that is said', async (t) => {
  const env = { AUTH: 'keys', METRICS: 'prometheus' }
  const closed = await build(t, { env, telemetry: toldTelemetry().telemetry })
  const get = async (key?: string) =>
    closed.app.inject({ url: '/metrics', headers: key === undefined ? {} : { 'x-api-key': key } })
  t.equal((await get()).statusCode, 401)
  t.equal((await get(await closed.key({ scopes: ['chat', 'search'] }))).statusCode, 403)
  const answer = await get(await closed.key())
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], 'text/plain; version=0.0.4')
  t.match(answer.body, 'kass_http_requests_total{route="/metrics",method="GET",status="4xx"} 2')

  const open = await build(t, { env: { ...env, METRICS_ACCESS: 'open' }, telemetry: toldTelemetry().telemetry })
  t.equal((await open.app.inject({ url: '/metrics' })).statusCode, 200)
})

test('a route is counted by its pattern, and what is at no address as none', async (t) => {
  const told = toldTelemetry()
  const { app } = await build(t, { telemetry: told.telemetry })
  for (const url of ['/documents/doc_a', '/documents/doc_b', '/what', '/ever?token=hush']) await app.inject({ url })
  const series = await told.series('kass.http.requests')
  t.same(
    series.map(({ labels, value }) => [labels.route, labels.status, value]),
    [
      ['/documents/:id', '4xx', 2],
      ['none', '4xx', 2],
    ],
  )
})
