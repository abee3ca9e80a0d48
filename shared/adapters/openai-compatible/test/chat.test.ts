import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'tap'
import type { Fault } from '../../../../tools/fake-openai/faults.ts'
import { type ErrorCode, isKassError, type KassError } from '../../../errors.ts'
import type { ChatModel, ConverseEvent } from '../../../ports/chat-model.ts'
import { chatModelContract, question } from '../../../test/contracts/chat-model.ts'
import { collect } from '../../../test/contracts/support.ts'
import { parseRetryAfter } from '../../wire-values.ts'
import { createOpenAiChat } from '../chat.ts'
import { apiKey, chatFor } from './support.ts'

chatModelContract('openai-compatible', async (t) => {
  const { chat, fake } = await chatFor(t)
  return {
    model: chat,
    stall: () => fake.faults.next({ stallAfter: 1 }),
    ended: () => fake.until((seen) => seen.aborted === 1),
  }
})

const never = () => new AbortController().signal

async function failure(model: ChatModel): Promise<KassError> {
  try {
    await collect(model.converse(question, never()))
  } catch (error) {
    if (isKassError(error)) return error
    throw error
  }
  throw new Error('the call did not fail')
}

async function events(model: ChatModel): Promise<ConverseEvent[]> {
  return await collect(model.converse(question, never()))
}

const failures: [what: string, fault: Fault, code: ErrorCode][] = [
  ['429', { status: 429 }, 'model_throttled'],
  ['500', { status: 500 }, 'model_unavailable'],
  ['503', { status: 503 }, 'model_unavailable'],
  ['408', { status: 408 }, 'model_timeout'],
  ['401', { status: 401 }, 'model_refused'],
  ['400', { status: 400 }, 'model_refused'],
  ['404', { status: 404 }, 'model_refused'],
  ['a redirect, which is not followed,', { status: 307 }, 'model_refused'],
  ['a cut in the middle', { cutAfter: 2 }, 'model_failed'],
  ['an end without a finish reason', { endAfter: 2 }, 'model_failed'],
  ['an event that is not JSON', { malformedAfter: 1 }, 'model_failed'],
]
for (const [what, fault, code] of failures) {
  test(`openai-compatible: ${what} is ${code}`, async (t) => {
    const { chat, fake } = await chatFor(t)
    fake.faults.always(fault)
    t.equal((await failure(chat)).code, code)
    t.equal(fake.counters.models, 0)
  })
}

test('openai-compatible: what a reasoning model thinks is no part of its answer, however its tags are cut', async (t) => {
  const pieces = ['<thi', 'nk>\nPerhaps 20 [2]', '</th', 'ink>\n\n', '25 da', 'ys [1] < 30', '.']
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/event-stream')
    for (const content of pieces) response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
    response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`
  const { chat } = await chatFor(t, { url })
  t.teardown(() => server.close())
  const said = (await events(chat)).map((event) => (event.type === 'text' ? event.text : '')).join('')
  t.equal(said, '25 days [1] < 30.')
})

test('openai-compatible: a throttle tells how long to wait, in seconds or as a date', async (t) => {
  const { chat, fake } = await chatFor(t)
  fake.faults.next({ status: 429, retryAfter: '7' })
  t.equal((await failure(chat)).retryAfterMs, 7000)
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')
  t.equal(parseRetryAfter('Wed, 21 Oct 2026 07:28:30 GMT', now), 30_000)
  t.equal(parseRetryAfter('Wed, 21 Oct 2026 07:27:00 GMT', now), 0)
  t.equal(parseRetryAfter('1.5', now), 1500)
  t.equal(parseRetryAfter('soon', now), undefined)
  t.equal(parseRetryAfter(undefined, now), undefined)
})

test('openai-compatible: a refusal carries the server’s reason, shortened, and never the key', async (t) => {
  const { chat, fake } = await chatFor(t)
  fake.faults.next({ status: 400, message: `bad ${apiKey} or Bearer ${apiKey}\nor sk-other ${'x'.repeat(5000)}` })
  const { message } = await failure(chat)
  t.match(message, /answered 400: bad …/)
  t.ok(message.length < 260)
  t.notMatch(message, /sk-/)
  t.equal(fake.requests[0]?.headers.authorization, `Bearer ${apiKey}`)
})

test('openai-compatible: nobody listening is model_unavailable', async (t) => {
  const { chat, fake } = await chatFor(t)
  await fake.close()
  t.equal((await failure(chat)).code, 'model_unavailable')
})

test('openai-compatible: silence before the first byte is model_timeout', async (t) => {
  const { chat, fake } = await chatFor(t, { timeoutMs: 100 })
  fake.faults.next({ holdUntil: fake.until((seen) => seen.aborted === 1) })
  t.equal((await failure(chat)).code, 'model_timeout')
})

test('openai-compatible: silence in the middle is model_timeout, and closes the connection', async (t) => {
  const { chat, fake } = await chatFor(t, { timeoutMs: 100 })
  fake.faults.next({ stallAfter: 2 })
  t.equal((await failure(chat)).code, 'model_timeout')
  await fake.until((seen) => seen.aborted === 1)
})

test('openai-compatible: an abort while the server still thinks ends the request at once', async (t) => {
  const { chat, fake } = await chatFor(t)
  fake.faults.next({ holdUntil: fake.until((seen) => seen.aborted === 1) })
  const abort = new AbortController()
  const list = collect(chat.converse(question, abort.signal))
  await fake.until((seen) => seen.chat === 1)
  abort.abort()
  t.same((await list).at(-1), { type: 'stop', reason: 'aborted' })
  await fake.until((seen) => seen.aborted === 1)
})

test('openai-compatible: the reported usage is passed on; without one it is estimated and says so', async (t) => {
  const { chat, fake } = await chatFor(t)
  t.match((await events(chat)).at(-2), { type: 'usage', estimated: false })
  fake.faults.next({ withoutUsage: true })
  const usage = (await events(chat)).at(-2)
  t.match(usage, { type: 'usage', estimated: true })
  t.ok(usage?.type === 'usage' && usage.inputTokens > 50 && usage.outputTokens > 5)
})

for (const field of ['stream_options', 'temperature']) {
  test(`openai-compatible: a server that refuses ${field} is asked without it, and that is remembered`, async (t) => {
    const { chat, fake } = await chatFor(t)
    fake.faults.always({ refuseField: field })
    t.same((await events(chat)).at(-1), { type: 'stop', reason: 'end' })
    t.same((await events(chat)).at(-1), { type: 'stop', reason: 'end' })
    t.equal(fake.counters.chat, 3)
  })
}

test('openai-compatible: a model that wants max_completion_tokens gets it', async (t) => {
  const { chat, fake } = await chatFor(t)
  fake.faults.next({ status: 400, message: "'max_tokens' is not supported, use 'max_completion_tokens' instead" })
  await events(chat)
  t.match(fake.requests.at(-1)?.body, { max_completion_tokens: 200 })
})

test('openai-compatible: a cut answer says why it was cut', async (t) => {
  const { chat, fake } = await chatFor(t)
  fake.faults.next({ finishReason: 'length' })
  t.same((await events(chat)).at(-1), { type: 'stop', reason: 'max_tokens' })
  fake.faults.next({ finishReason: 'content_filter' })
  t.same((await events(chat)).at(-1), { type: 'stop', reason: 'content_filter' })
})

test('openai-compatible: answers one after the other share connections', async (t) => {
  const { chat, fake } = await chatFor(t)
  for (let round = 0; round < 6; round++) await events(chat)
  t.ok(fake.counters.connections <= 2)
})

test('openai-compatible: no more calls are under way than connections are allowed, and those that wait get their turn', async (t) => {
  const { chat, fake } = await chatFor(t, { connections: 2 })
  await Promise.all(Array.from({ length: 6 }, () => events(chat)))
  t.equal(fake.counters.finished, 6)
  t.equal(fake.counters.connections, 2)
})

test('openai-compatible: without a key no authorization is sent', async (t) => {
  const { fake } = await chatFor(t)
  const chat = createOpenAiChat({ url: fake.url, apiKey: '', model: 'm', contextTokens: 8192, timeoutMs: 5000 })
  t.teardown(() => chat.close())
  await events(chat)
  t.equal(fake.requests[0]?.headers.authorization, undefined)
})
