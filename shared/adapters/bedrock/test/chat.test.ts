import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mock } from 'node:test'
import { type Test, test } from 'tap'
import { type ErrorCode, isKassError, type KassError } from '../../../errors.ts'
import type { ChatModel, ConverseEvent, ConverseRequest } from '../../../ports/chat-model.ts'
import { chatModelContract, question } from '../../../test/contracts/chat-model.ts'
import { collect } from '../../../test/contracts/support.ts'
import type { AwsCall, AwsOptions } from '../../aws/client.ts'
import { createBedrockChat } from '../chat.ts'
import { answer, asking, exception, figures, start, stop, text } from './frames.ts'
import { hangUp, json, refused, type Script, scripted, silent, streamed } from './scripted.ts'

const words = 'Employees get 25 days of annual leave. [1]'
const whole = streamed(answer(words))
const never = () => new AbortController().signal

async function chatFor(t: Test, more: Partial<AwsOptions> & { model?: string; streaming?: boolean } = {}) {
  const { model = '', streaming, ...options } = more
  const service = await scripted(t, options, whole)
  const warnings: string[] = []
  const chat = createBedrockChat({
    bedrock: service.bedrock,
    model,
    role: 'strong',
    warn: (message) => warnings.push(message),
    ...(streaming !== undefined && { streaming }),
  })
  return { service, chat, warnings }
}

chatModelContract('bedrock', async (t) => {
  const { service, chat } = await chatFor(t)
  return {
    model: chat,
    stall: () => service.always(streamed([start(), text('Employees ')], 'hold')),
    ended: () => service.ended(),
    asks: ({ name, input }) => service.next(streamed(asking(name, JSON.stringify(input)))),
  }
})

chatModelContract('bedrock in one piece', async (t) => {
  const { service, chat } = await chatFor(t, { streaming: false })
  const usage = { inputTokens: 100, outputTokens: 12, totalTokens: 112 }
  const message = (content: object[]) => ({ output: { message: { role: 'assistant', content } }, usage })
  service.always(json({ ...message([{ text: words }]), stopReason: 'end_turn' }))
  const asked = (name: string, input: object) => message([{ toolUse: { toolUseId: 'use-1', name, input } }])
  return {
    model: chat,
    asks: ({ name, input }) => service.next(json({ ...asked(name, input), stopReason: 'tool_use' })),
  }
})

chatModelContract('bedrock without system prompts and tools', async (t) => {
  const { chat } = await chatFor(t, { model: 'amazon.titan-text-express-v1' })
  return { model: chat }
})

const events = (model: ChatModel, request: ConverseRequest = question): Promise<ConverseEvent[]> =>
  collect(model.converse(request, never()))

async function failure(model: ChatModel): Promise<KassError> {
  try {
    await events(model)
  } catch (error) {
    if (isKassError(error)) return error
    throw error
  }
  throw new Error('the call did not fail')
}

const begun = [start(), text('Employees ')]
const badFrame = () => {
  const frame = Buffer.from(text('get 25 days'))
  frame.writeUInt8(frame.readUInt8(frame.length - 1) ^ 0xff, frame.length - 1)
  return frame
}
const failures: [what: string, script: Script, code: ErrorCode][] = [
  ['a throttle', refused(429, 'ThrottlingException'), 'model_throttled'],
  ['a quota that is used up', refused(400, 'ServiceQuotaExceededException'), 'model_throttled'],
  ['a model that is not ready', refused(429, 'ModelNotReadyException'), 'model_unavailable'],
  ['500', refused(500, 'InternalServerException'), 'model_unavailable'],
  ['503', refused(503, 'ServiceUnavailableException'), 'model_unavailable'],
  ['a gateway of somebody else', refused(502, ''), 'model_unavailable'],
  ['408', refused(408, 'ModelTimeoutException'), 'model_timeout'],
  ['a failed model', refused(424, 'ModelErrorException'), 'model_failed'],
  ['a bad request', refused(400, 'ValidationException'), 'model_refused'],
  ['a missing right', refused(403, 'AccessDeniedException'), 'model_refused'],
  ['a retired model', refused(404, 'ResourceNotFoundException', 'has reached the end of its life'), 'model_refused'],
  ['a connection that is closed without an answer', hangUp, 'model_unavailable'],
  ['a page of HTML', (response) => void response.end('<html>'), 'model_failed'],
  ['a throttle as the first frame', streamed([exception('throttlingException', 'slow')]), 'model_throttled'],
  ['a throttle in the middle', streamed([...begun, exception('throttlingException', 'slow')]), 'model_throttled'],
  ['a stream error', streamed([...begun, exception('modelStreamErrorException', 'x')]), 'model_failed'],
  [
    'a server error in the middle',
    streamed([...begun, exception('internalServerException', 'x')]),
    'model_unavailable',
  ],
  [
    'a service that goes away',
    streamed([...begun, exception('serviceUnavailableException', 'x')]),
    'model_unavailable',
  ],
  ['an exception that nobody knows', streamed([...begun, exception('strangeException', 'x')]), 'model_failed'],
  ['a cut in the middle', streamed(begun, 'cut'), 'model_failed'],
  ['an end in the middle of a frame', streamed([...begun, text('get').subarray(0, 20)]), 'model_failed'],
  ['an end without a stop', streamed(begun), 'model_failed'],
  ['an empty stream', streamed([]), 'model_failed'],
  ['a frame with a wrong checksum', streamed([...begun, badFrame()]), 'model_failed'],
  ['bytes that are no frame', streamed([...begun, Buffer.from('this is not a frame at all')]), 'model_failed'],
  ['output that the model itself calls malformed', streamed([...begun, stop('malformed_tool_use')]), 'model_failed'],
  ['a tool’s input that is no JSON', streamed(asking('count', '{"a":')), 'model_failed'],
]
for (const [what, script, code] of failures) {
  test(`bedrock: ${what} is ${code}`, async (t) => {
    const { chat, service } = await chatFor(t)
    service.always(script)
    t.equal((await failure(chat)).code, code)
    t.equal(service.requests.length, 1)
  })
}

test('bedrock: nobody listening is model_unavailable', async (t) => {
  const { chat } = await chatFor(t, { endpoint: 'http://127.0.0.1:1' })
  t.equal((await failure(chat)).code, 'model_unavailable')
})

test('bedrock: a throttle tells its delay, or that there is one', async (t) => {
  const { chat, service } = await chatFor(t)
  service.next(refused(429, 'ThrottlingException', 'slow', { 'retry-after': '7' }), refused(429, 'ThrottlingException'))
  t.equal((await failure(chat)).retryAfterMs, 7000)
  t.ok(((await failure(chat)).retryAfterMs ?? 0) >= 1000)
})

test('bedrock: a refusal carries the service’s reason, shortened, without the account and the role', async (t) => {
  const { chat, service } = await chatFor(t)
  const arn = 'arn:aws:sts::123456789012:assumed-role/kass/task'
  service.next(refused(403, 'AccessDeniedException', `User: ${arn} of 123456789012 may not\n${'x'.repeat(500)}`))
  const { message } = await failure(chat)
  t.match(message, /^Bedrock refused the request: User: … of … may not x/)
  t.ok(message.length < 260)
})

test('bedrock: silence before the first byte, and in the middle, is model_timeout and ends the connection', async (t) => {
  const { chat, service } = await chatFor(t, { timeoutMs: 150 })
  service.next(silent, streamed(begun, 'hold'))
  t.equal((await failure(chat)).code, 'model_timeout')
  await service.ended(1)
  t.equal((await failure(chat)).code, 'model_timeout')
  await service.ended(2)
})

test('bedrock: a slow reader is not taken for a silent model', async (t) => {
  const { chat, service } = await chatFor(t, { timeoutMs: 1000 })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const kinds: string[] = []
  for await (const event of chat.converse(question, never())) {
    mock.timers.tick(60_000)
    kinds.push(event.type)
  }
  t.equal(kinds.at(-1), 'stop')
  t.equal(service.requests.length, 1)
})

test('bedrock: an abort while the model still thinks ends the request at once', async (t) => {
  const { chat, service } = await chatFor(t)
  service.always(silent)
  const abort = new AbortController()
  const list = collect(chat.converse(question, abort.signal))
  await service.arrived(1)
  abort.abort()
  t.same((await list).at(-1), { type: 'stop', reason: 'aborted' })
  await service.ended()
})

test('bedrock: tries go on before the first event only, in the SDK’s way, and their number is told', async (t) => {
  const { chat, service } = await chatFor(t, { maxAttempts: 3 })
  const calls: AwsCall[] = []
  const listen = (call: unknown) => void calls.push(call as AwsCall)
  subscribe('kass:aws-call', listen)
  t.teardown(() => unsubscribe('kass:aws-call', listen))
  service.next(refused(500, 'InternalServerException'), streamed([exception('throttlingException', 'slow')]))
  t.same((await events(chat)).at(-1), { type: 'stop', reason: 'end' })
  t.equal(service.requests.length, 3)
  t.match(calls, [{ service: 'bedrock', action: 'ConverseStream', attempts: 3 }])
  service.always(streamed([...begun, exception('throttlingException', 'slow')]))
  t.equal((await failure(chat)).code, 'model_throttled')
  t.equal(service.requests.length, 4)
})

test('bedrock: reported usage counts the cache in, says what it was and what it cost', async (t) => {
  const { chat, service } = await chatFor(t)
  const of = { inputTokens: 100, outputTokens: 10, cacheReadInputTokens: 1000, cacheWriteInputTokens: 200 }
  service.next(streamed(answer(words, 'end_turn', of)))
  t.same((await events(chat)).at(-2), {
    type: 'usage',
    inputTokens: 1300,
    outputTokens: 10,
    cacheReadTokens: 1000,
    cacheWriteTokens: 200,
    // 100 × 2 + 10 × 10 + 1000 × 0.1 + 200 × 2.5 USD for a million, and a tenth for staying in one geography
    costUsd: 0.00099,
    estimated: false,
  })
})

test('bedrock: an answer whose figures never come is whole, and its usage is an estimate', async (t) => {
  const { chat, service } = await chatFor(t)
  for (const end of ['end', 'cut', 'hold'] as const) {
    service.next(streamed([...begun, stop()], end))
    const list = await events(chat)
    t.match(list.at(-2), { type: 'usage', estimated: true })
    t.same(list.at(-1), { type: 'stop', reason: 'end' })
  }
})

test('bedrock: a cut answer and one that was held back say so', async (t) => {
  const { chat, service } = await chatFor(t)
  const reasons = {
    max_tokens: 'max_tokens',
    model_context_window_exceeded: 'max_tokens',
    guardrail_intervened: 'content_filter',
    content_filtered: 'content_filter',
    stop_sequence: 'end',
  }
  for (const [theirs, ours] of Object.entries(reasons)) {
    service.next(streamed(answer(words, theirs)))
    t.same((await events(chat)).at(-1), { type: 'stop', reason: ours }, theirs)
  }
  service.next(streamed(asking('count', '{"table":"sa', 'max_tokens')))
  const cut = await events(chat)
  t.notOk(cut.some(({ type }) => type === 'toolUse'))
  t.same(cut.at(-1), { type: 'stop', reason: 'max_tokens' })
})

test('bedrock: a model has a bounded number of streams, each of which keeps its place to its end', async (t) => {
  const { chat, service } = await chatFor(t, { concurrency: 2, queue: 1 })
  service.always(streamed(begun, 'hold'))
  const abort = new AbortController()
  const open = [1, 2].map(() => collect(chat.converse(question, abort.signal)))
  await service.arrived(2)
  const waiting = collect(chat.converse(question, never()))
  t.equal((await failure(chat)).code, 'model_throttled', 'no place, and none to wait in')
  service.always(whole)
  abort.abort()
  await Promise.all(open)
  t.same((await waiting).at(-1), { type: 'stop', reason: 'end' })
  t.equal(service.most(), 2)
})

test('bedrock: a caller that goes away while it waits for a place leaves at once', async (t) => {
  const { chat, service } = await chatFor(t, { concurrency: 1 })
  service.always(streamed(begun, 'hold'))
  const first = new AbortController()
  const open = collect(chat.converse(question, first.signal))
  await service.arrived(1)
  const second = new AbortController()
  const waiting = collect(chat.converse(question, second.signal))
  second.abort()
  t.match(await waiting, [
    { type: 'usage', inputTokens: 0, outputTokens: 0 },
    { type: 'stop', reason: 'aborted' },
  ])
  t.equal(service.requests.length, 1)
  first.abort()
  await open
})

test('bedrock: a model in trouble is left alone, throttles are no trouble, and another model goes on', async (t) => {
  const { chat, service } = await chatFor(t, { breakerFailures: 2, breakerOpenMs: 60_000 })
  service.always(refused(429, 'ThrottlingException'))
  for (let at = 0; at < 4; at++) t.equal((await failure(chat)).code, 'model_throttled')
  service.next(streamed(begun, 'cut'), refused(503, 'ServiceUnavailableException'))
  t.equal((await failure(chat)).code, 'model_failed')
  t.equal((await failure(chat)).code, 'model_unavailable')
  const asked = service.requests.length
  const left = await failure(chat)
  t.match(left, { code: 'model_unavailable', retryAfterMs: 60_000 })
  t.equal(service.requests.length, asked)
  service.always(whole)
  const other = createBedrockChat({ bedrock: service.bedrock, model: '', role: 'fast', warn: () => {} })
  t.same((await events(other)).at(-1), { type: 'stop', reason: 'end' })
})

test('bedrock: a model that was left alone is tried again, and serves when it answers', async (t) => {
  const { chat, service } = await chatFor(t, { breakerFailures: 1, breakerOpenMs: 10 })
  service.next(hangUp)
  t.equal((await failure(chat)).code, 'model_unavailable')
  let list: ConverseEvent[] = []
  while (list.length === 0) list = await events(chat).catch(() => [])
  t.same(list.at(-1), { type: 'stop', reason: 'end' })
})

test('bedrock: answers one after the other share a connection', async (t) => {
  const { chat, service } = await chatFor(t)
  for (let round = 0; round < 5; round++) await events(chat)
  t.equal(service.connections(), 1)
})

test('bedrock: a stream whose figures come late in the same breath is read to its end', async (t) => {
  const { chat, service } = await chatFor(t)
  service.next(streamed([...begun, stop(), figures()]))
  t.match((await events(chat)).at(-2), { type: 'usage', inputTokens: 100, estimated: false })
})

test('bedrock: what a model refuses is left out, which is remembered and said', async (t) => {
  const { chat, service, warnings } = await chatFor(t)
  service.next(refused(400, 'ValidationException', 'thinking: type "between_tools" is not supported'))
  t.same((await events(chat)).at(-1), { type: 'stop', reason: 'end' })
  t.same((await events(chat)).at(-1), { type: 'stop', reason: 'end' })
  t.same(
    service.requests.map(({ body }) => body.additionalModelRequestFields !== undefined),
    [true, false, false],
  )
  t.match(warnings, [/asked without: thinking/])
  service.next(refused(400, 'ValidationException', "This model doesn't support system messages."))
  await events(chat)
  t.match(service.requests.at(-1)?.body, { system: undefined, messages: [{ content: [{ text: /^Answer from/ }] }] })
})

test('bedrock: what a guardrail holds back is read by it before the caller', async (t) => {
  const { service } = await chatFor(t)
  const guardrail = { id: 'g1', version: '2' }
  const chat = createBedrockChat({ bedrock: service.bedrock, model: '', role: 'strong', guardrail, warn: () => {} })
  await events(chat)
  t.match(service.requests[0]?.body, {
    guardrailConfig: { guardrailIdentifier: 'g1', guardrailVersion: '2', streamProcessingMode: 'sync' },
  })
})
