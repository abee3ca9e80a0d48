import { once } from 'node:events'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import type { Chat, ChatRequest } from '../chat/types.ts'
import { answer, fakeChat, ledChat } from './fake-chat.ts'
import { build } from './helper.ts'
import { open, readUntil } from './raw.ts'

const start = { type: 'start', conversation_id: 'c', message_id: 'm' } as const
const done = { type: 'done', answer: answer() } as const

/** The events of a stream as they arrive, and its comment lines. */
async function* events(response: Response): AsyncGenerator<EventSourceMessage | { comment: string }> {
  const found: (EventSourceMessage | { comment: string })[] = []
  const parser = createParser({
    onEvent: (event) => found.push(event),
    onComment: (comment) => found.push({ comment }),
  })
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    yield* found.splice(0)
  }
}

const postTo = (url: string, body: object, options: RequestInit = {}) =>
  fetch(`${url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
    ...options,
  })

test('a question is answered as JSON with everything the answer says', async (t) => {
  const { app } = await build(t)
  const payload = { message: 'How many days?', conversation_id: 'mine' }
  const response = await app.inject({ method: 'POST', url: '/chat', payload })
  t.equal(response.statusCode, 200)
  t.match(response.headers['content-type'], /^application\/json/)
  t.strictSame(response.json(), answer({ conversation_id: 'mine' }))
})

test('the chat gets the question with its text in the form that documents have, and who asks', async (t) => {
  const asked: [unknown, ChatRequest][] = []
  const chat: Pick<Chat, 'turn'> = {
    turn: (caller, request, signal) => {
      asked.push([caller, request])
      return fakeChat().turn(caller, request, signal)
    },
  }
  const { app, key } = await build(t, { env: { AUTH: 'keys' }, chat })
  const headers = { 'x-api-key': await key({ tenant: 'acme', subject: 'ada', groups: ['hr'], scopes: ['chat'] }) }
  const payload = { message: 'cafe\u0301 \ud800', filters: { tags: ['u\u0308'] }, limit: 3, stream: false }
  await app.inject({ method: 'POST', url: '/chat', headers, payload })
  t.match(asked[0]?.[0], { tenant: 'acme', subject: 'ada', groups: ['hr'] })
  t.strictSame(asked[0]?.[1], { message: 'caf\u00e9 \ufffd', filters: { tags: ['\u00fc'] }, limit: 3 })
})

test('events are sent when asked for by Accept or by stream, and stream decides when both speak', async (t) => {
  const { app } = await build(t)
  const typeFor = async (accept: string | undefined, stream: boolean | undefined) => {
    const payload = { message: 'x', stream }
    const response = await app.inject({ method: 'POST', url: '/chat', payload, headers: accept ? { accept } : {} })
    return String(response.headers['content-type']).split(';')[0]
  }
  const [json, sse] = ['application/json', 'text/event-stream']
  t.equal(await typeFor(undefined, true), sse)
  t.equal(await typeFor(sse, undefined), sse)
  t.equal(await typeFor(`application/json;q=0.1, ${sse}`, undefined), sse)
  t.equal(await typeFor(sse, false), json)
  t.equal(await typeFor('*/*', undefined), json)
  t.equal(await typeFor(`${sse};q=0, */*`, undefined), json)
})

test('each event reaches the client before the next one is made', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  led.push(start)
  const response = await postTo(url, { message: 'x' })
  t.match(response.headers.get('content-type'), /^text\/event-stream/)
  t.match(response.headers.get('x-request-id'), /\S/)
  const arriving = events(response)
  t.match((await arriving.next()).value, { event: 'start', data: '{"conversation_id":"c","message_id":"m"}' })
  led.push({ type: 'delta', text: 'line\nline' })
  t.match((await arriving.next()).value, { event: 'delta', data: JSON.stringify({ text: 'line\nline' }) })
  led.push(done)
  t.match((await arriving.next()).value, { event: 'done', data: JSON.stringify(answer()) })
  t.equal((await arriving.next()).done, true)
})

test('a silent stream is kept alive by comment lines', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { env: { HEARTBEAT_MS: '50' }, chat: { turn: led.turn } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  led.push(start)
  const arriving = events(await postTo(url, { message: 'x' }))
  await arriving.next()
  t.match((await arriving.next()).value, { comment: /heartbeat/ })
  t.match((await arriving.next()).value, { comment: /heartbeat/ })
  led.push(done)
  for await (const event of arriving) if ('event' in event) t.equal(event.event, 'done')
})

test('a failure before the first event is answered with its own status', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  led.push(new KassError('model_throttled', { retryAfterMs: 2_500 }))
  const response = await app.inject({ method: 'POST', url: '/chat', payload: { message: 'x', stream: true } })
  t.equal(response.statusCode, 429)
  t.equal(response.headers['retry-after'], '3')
  t.match(response.json(), { code: 'model_throttled' })
})

test('a failure in the middle ends the stream with one error event, a problem', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  for (const event of [start, { type: 'delta', text: 'Twenty' }, new KassError('model_failed')] as const)
    led.push(event)
  const response = await app.inject({ method: 'POST', url: '/chat', payload: { message: 'x', stream: true } })
  const found: EventSourceMessage[] = []
  createParser({ onEvent: (event) => found.push(event) }).feed(response.body)
  t.strictSame(
    found.map(({ event }) => event),
    ['start', 'delta', 'error'],
  )
  t.match(JSON.parse(found[2]?.data ?? ''), {
    code: 'model_failed',
    status: 502,
    request_id: response.headers['x-request-id'],
  })
})

for (const stream of [true, false]) {
  test(`a client that hangs up aborts the turn, stream: ${stream}`, async (t) => {
    const led = ledChat()
    const { app, logged } = await build(t, { chat: { turn: led.turn } })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const leaving = new AbortController()
    led.push(start)
    const response = postTo(url, { message: 'x', stream }, { signal: leaving.signal }).catch(() => undefined)
    const signal = await led.begun
    if (stream) await response
    t.equal(signal.aborted, false)
    const aborted = once(signal, 'abort')
    leaving.abort()
    await aborted
    t.match(await logged(({ route }) => route === '/chat'), { aborted: true })
  })
}

test('a client that reads nothing holds the turn back, and going away frees it', async (t) => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  let made = 0
  const turn: Chat['turn'] = async function* (_caller, _request, signal) {
    try {
      yield start
      for (; !signal.aborted && made < 10_000; made++) yield { type: 'delta', text: 'x'.repeat(100_000) }
    } finally {
      resolve()
    }
  }
  const { app } = await build(t, { chat: { turn } })
  const socket = open(await app.listen({ port: 0, host: '127.0.0.1' }))
  const body = JSON.stringify({ message: 'x', stream: true })
  const head = `POST /chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`
  socket.write(`${head}\r\n\r\n${body}`)
  await readUntil(socket, 'event: delta')
  socket.pause()
  for (let before = -1; before !== made; await new Promise((next) => setTimeout(next, 100))) before = made
  t.ok(made < 1_000, 'what nobody reads is not made')
  socket.destroy()
  await ended
  t.ok(made < 1_000)
})

test('the trace of an answer is given to whoever has that answer, and 404 to everyone else', async (t) => {
  const trace = {
    message_id: 'm',
    conversation_id: 'c',
    question: 'q',
    searched: 'q',
    route: 'documents' as const,
    mode: 'text',
    model: 'extractive',
    prompt_hash: 'h',
    passages: [
      { number: 1, key: 'k', document_id: 'd', path: 'p', locator: 'l', score: 1, scores: { text: 2 }, cited: true },
    ],
    withheld: 0,
    usage: { input_tokens: 1, output_tokens: 2, estimated: false },
    stages_ms: { retrieve: 1 },
    created_at: new Date(0).toISOString(),
  }
  const { app } = await build(t, { chat: { trace: async (_caller, id) => (id === 'm' ? trace : undefined) } })
  t.strictSame((await app.inject('/answers/m/trace')).json(), trace)
  t.equal((await app.inject('/answers/other/trace')).statusCode, 404)
})
