import { test } from 'tap'
import type { Chat } from '../chat/types.ts'
import { answer, ledChat } from './fake-chat.ts'
import { build } from './helper.ts'
import { open, readUntil } from './raw.ts'

const start = { type: 'start', conversation_id: 'c', message_id: 'm' } as const
const stream = (url: string) =>
  fetch(`${url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'x', stream: true }),
  })

test('a server without work ends at once', async (t) => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  await app.drain(60_000)
  t.equal(app.server.listening, false)
})

test('of 100 streams that are open at the end none is cut short', async (t) => {
  const go = Promise.withResolvers<void>()
  const turn: Chat['turn'] = async function* () {
    yield start
    await go.promise
    for (let count = 0; count < 20; count++) yield { type: 'delta', text: `${count} ` }
    yield { type: 'done', answer: answer() }
  }
  const { app } = await build(t, { chat: { turn } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const streams = await Promise.all(Array.from({ length: 100 }, () => stream(url)))
  const drained = app.drain(60_000)
  go.resolve()
  for (const text of await Promise.all(streams.map((response) => response.text()))) {
    t.equal(text.match(/^event: delta$/gm)?.length, 20)
    t.match(text, /event: done\ndata: .*\n\n$/)
  }
  await drained
  t.equal(app.server.listening, false)
})

test('while a stream is finished everything new is refused with 503, /health among it', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  led.push(start)
  const streaming = await stream(url)
  const drained = app.drain(60_000)
  for (const path of ['/health', '/ready', '/documents']) {
    const response = await fetch(url + path)
    t.equal(response.status, 503, path)
    t.equal(response.headers.get('connection'), 'close')
    t.match(response.headers.get('retry-after'), /^\d+$/)
    t.match(await response.json(), { code: 'shutting_down' })
  }
  t.equal((await stream(url)).status, 503, 'no new turn')
  led.push({ type: 'done', answer: answer() })
  t.match(await streaming.text(), /event: done/)
  await drained
  await t.rejects(fetch(`${url}/health`), 'nobody listens any more')
})

test('a request that came in before is still answered', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  const socket = open(await app.listen({ port: 0, host: '127.0.0.1' }))
  const body = JSON.stringify({ message: 'x' })
  socket.write(
    `POST /chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await led.begun
  const drained = app.drain(60_000)
  led.push({ type: 'done', answer: answer() })
  const text = await readUntil(socket, 'latency_ms')
  t.match(text, /^HTTP\/1\.1 200 /)
  t.match(text, /connection: close/i)
  await drained
})

test('what takes longer than the time for it is aborted and told so', async (t) => {
  const led = ledChat()
  const { app } = await build(t, { chat: { turn: led.turn } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  led.push(start)
  const streaming = await stream(url)
  const signal = await led.begun
  await app.drain(100)
  t.equal(signal.aborted, true)
  const text = await streaming.text()
  t.match(text, /event: error\ndata: {.*"code":"shutting_down".*}\n\n$/)
  t.equal(app.server.listening, false)
})
