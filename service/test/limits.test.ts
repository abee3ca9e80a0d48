import autocannon from 'autocannon'
import { test } from 'tap'
import { toldTelemetry } from '../../test/stack/told-telemetry.ts'
import { createPlaces } from '../plugins/limits.ts'
import { answer, ledChat } from './fake-chat.ts'
import { build } from './helper.ts'

test('a burst beyond the limit of a second is refused with the time to wait', async (t) => {
  const { app } = await build(t, { env: { RATE_BURST: '3' } })
  const responses = await Promise.all(Array.from({ length: 5 }, () => app.inject('/documents')))
  t.strictSame(responses.map(({ statusCode }) => statusCode).sort(), [200, 200, 200, 429, 429])
  const refused = responses.find(({ statusCode }) => statusCode === 429)
  t.equal(refused?.headers['retry-after'], '1')
  t.match(refused?.json(), { code: 'rate_limited', retry_after: 1 })
})

test('a burst refused when the minute is used up as well is told the longer wait', async (t) => {
  const { app } = await build(t, { env: { RATE_BURST: '2', RATE_PER_MINUTE: '2' } })
  for (let count = 0; count < 2; count++) await app.inject('/documents')
  const refused = await app.inject('/documents')
  t.equal(refused.statusCode, 429)
  t.ok(Number(refused.headers['retry-after']) > 1, `${refused.headers['retry-after']} s`)
})

test('nobody takes more than a share of the places', (t) => {
  const places = createPlaces(3, 'All are taken.', 2)
  const free = places.take('one')
  places.take('one')
  t.throws(() => places.take('one'), { code: 'overloaded' })
  places.take('other')
  t.throws(() => places.take('other'), { code: 'overloaded' }, 'all are taken')
  free()
  free()
  places.take('one')
  t.throws(() => places.take('one'), { code: 'overloaded' }, 'a place is given back once')
  t.end()
})

test('the limit of a minute counts for each key by itself', async (t) => {
  const { app, key } = await build(t, { env: { AUTH: 'keys', RATE_PER_MINUTE: '2' } })
  const [one, other] = [await key(), await key()]
  const call = async (text: string) => app.inject({ url: '/documents', headers: { 'x-api-key': text } })
  await call(one)
  await call(one)
  const refused = await call(one)
  t.equal(refused.statusCode, 429)
  const wait = Number(refused.headers['retry-after'])
  t.ok(wait > 1 && wait <= 60, `${wait} s`)
  t.equal((await call(other)).statusCode, 200)
})

test('open routes have no limit', async (t) => {
  const { app } = await build(t, { env: { AUTH: 'keys', RATE_BURST: '1' } })
  for (let count = 0; count < 5; count++) t.equal((await app.inject('/health')).statusCode, 200)
})

test('10,000 requests of 64 clients under a low limit get their answer each, and the server goes on', async (t) => {
  const { app, key } = await build(t, {
    env: { AUTH: 'keys', RATE_PER_MINUTE: '100', RATE_BURST: '100', LOG_LEVEL: 'error' },
  })
  const headers = { 'x-api-key': await key() }
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const result = await autocannon({ url: `${url}/documents`, headers, connections: 64, amount: 10_000 })
  t.equal(result['2xx'], 100)
  t.equal(result['4xx'], 9_900)
  t.equal(result.errors + result.timeouts + result['5xx'], 0)
  t.comment(`${Math.round(result.requests.average)} requests/s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`)
  t.equal((await fetch(`${url}/health`)).status, 200)
})

test('more questions at once than there are places are told to come back, and a place is given back', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { env: { MAX_CHATS: '1' }, chat: { turn: led.turn } })
  const ask = () => app.inject({ method: 'POST', url: '/chat', payload: { message: 'x' } })
  const first = ask()
  await led.begun
  const refused = await ask()
  t.equal(refused.statusCode, 503)
  t.match(refused.json(), { code: 'overloaded' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  led.push({ type: 'done', answer: answer() })
  t.equal((await first).statusCode, 200)
  const second = ask()
  led.push({ type: 'done', answer: answer() })
  t.equal((await second).statusCode, 200)
})

test('while the event loop lags requests are shed with 503, and /health still answers', async (t) => {
  const env = { MAX_EVENT_LOOP_DELAY_MS: '1', METRICS: 'prometheus' }
  const { app } = await build(t, { env, telemetry: toldTelemetry().telemetry })
  // The plugin samples once a second; the loop is blocked until it has seen it.
  while (!app.isUnderPressure()) {
    const until = performance.now() + 50
    while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve))
  }
  const refused = await app.inject('/documents')
  t.equal(refused.statusCode, 503)
  t.match(refused.json(), { code: 'overloaded' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  t.equal((await app.inject('/health')).statusCode, 200)
  t.equal((await app.inject('/metrics')).statusCode, 200)
})
