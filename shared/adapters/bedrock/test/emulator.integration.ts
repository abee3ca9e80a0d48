import { type Test, test } from 'tap'
import { region } from '../../../../test/stack/endpoints.ts'
import type { Fault } from '../../../../tools/fake-bedrock/control.ts'
import { startFakeBedrock } from '../../../../tools/fake-bedrock.ts'
import { type ErrorCode, isKassError } from '../../../errors.ts'
import type { ChatModel, ConverseEvent, ConverseRequest } from '../../../ports/chat-model.ts'
import { chatModelContract, question } from '../../../test/contracts/chat-model.ts'
import { embedderContract } from '../../../test/contracts/embedder.ts'
import { rerankerContract } from '../../../test/contracts/reranker.ts'
import { collect } from '../../../test/contracts/support.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createBedrockChat } from '../chat.ts'
import { createBedrock } from '../client.ts'
import { createBedrockEmbedder } from '../embedder.ts'
import { createBedrockReranker } from '../reranker.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

const never = () => new AbortController().signal
const warn = () => {}

/** An emulator of its own for each test: their faults must not meet. */
async function emulated(t: Test, options: Partial<AwsOptions> & { minuteMs?: number } = {}) {
  const { minuteMs, ...more } = options
  const fake = await startFakeBedrock({ ...(minuteMs !== undefined && { minuteMs }) })
  const bedrock = createBedrock({
    region,
    endpoint: fake.url,
    maxAttempts: 1,
    timeoutMs: 30_000,
    concurrency: 16,
    queue: 64,
    breakerFailures: 100,
    breakerOpenMs: 60_000,
    ...more,
  })
  t.teardown(async () => {
    bedrock.close()
    await fake.close()
  })
  return { fake, bedrock }
}

async function chatFor(t: Test, { model = '', ...options }: Parameters<typeof emulated>[1] & { model?: string } = {}) {
  const { fake, bedrock } = await emulated(t, options)
  return { fake, bedrock, chat: createBedrockChat({ bedrock, model, role: 'strong', warn }) }
}

for (const model of ['', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 'amazon.titan-text-express-v1']) {
  chatModelContract(`bedrock emulator, ${model || 'the default'}`, async (t) => {
    const { chat, fake } = await chatFor(t, { model })
    return {
      model: chat,
      stall: () => fake.control({ faults: [{ after: 1, midway: 'stall' }] }),
      ended: () => fake.until(({ aborted }) => aborted >= 1),
      asks: ({ name, input }) => fake.control({ answers: [{ toolUse: [{ name, input }] }] }),
    }
  })
}

for (const [model, dimensions] of [
  ['amazon.titan-embed-text-v2:0', 512],
  ['cohere.embed-multilingual-v3', 1024],
  ['cohere.embed-v4:0', 256],
] as const) {
  embedderContract(`bedrock emulator, ${model}`, async (t) => {
    const { bedrock } = await emulated(t)
    return createBedrockEmbedder({ bedrock, model, dimensions, concurrency: 4, warn })
  })
}

for (const model of ['cohere.rerank-v3-5:0', 'amazon.rerank-v1:0']) {
  rerankerContract(`bedrock emulator, ${model}`, async (t) => {
    const { bedrock } = await emulated(t)
    return createBedrockReranker({ bedrock, model, warn })
  })
}

const events = (model: ChatModel, request: ConverseRequest = question): Promise<ConverseEvent[]> =>
  collect(model.converse(request, never()))

const textOf = (list: ConverseEvent[]): string =>
  list.map((event) => (event.type === 'text' ? event.text : '')).join('')

const outcome = (model: ChatModel, request?: ConverseRequest): Promise<unknown> =>
  events(model, request).then(
    (list) => list.at(-1),
    (error: unknown) => (isKassError(error) ? error.code : error),
  )

const faults: [what: string, fault: Fault, code: ErrorCode][] = [
  ['a throttle', { error: 'ThrottlingException' }, 'model_throttled'],
  ['a server error', { error: 'InternalServerException' }, 'model_unavailable'],
  ['a service that is not there', { error: 'ServiceUnavailableException' }, 'model_unavailable'],
  ['a refused connection', { refuse: true }, 'model_unavailable'],
  ['silence before the first byte', { hold: true }, 'model_timeout'],
  ['silence in the middle', { midway: 'stall' }, 'model_timeout'],
  ['garbage', { garbage: true }, 'model_failed'],
  ['an answer of another shape', { wrong: true }, 'model_failed'],
  ['a cut in the middle', { midway: 'cut' }, 'model_failed'],
  ['an end before the end', { midway: 'end' }, 'model_failed'],
  ['a wrong checksum', { midway: 'badCrc' }, 'model_failed'],
  ['bytes that are no frame', { midway: 'garbage' }, 'model_failed'],
]
for (const [what, fault, code] of faults) {
  test(`bedrock emulator: ${what} is ${code}, and the next call is answered`, async (t) => {
    const { chat, fake } = await chatFor(t, { timeoutMs: 500 })
    fake.control({ faults: [{ ...fault, times: 1 }] })
    t.equal(await outcome(chat), code)
    t.same(await outcome(chat), { type: 'stop', reason: 'end' })
  })
}

test('bedrock emulator: every exception in the middle of a stream has its code', async (t) => {
  const { chat, fake } = await chatFor(t)
  const codes = {
    throttlingException: 'model_throttled',
    modelStreamErrorException: 'model_failed',
    internalServerException: 'model_unavailable',
    serviceUnavailableException: 'model_unavailable',
  } as const
  for (const [exception, code] of Object.entries(codes)) {
    fake.control({ faults: [{ times: 1, midway: 'exception', exception: exception as keyof typeof codes }] })
    t.equal(await outcome(chat), code, exception)
  }
})

test('bedrock emulator: a budget of tokens throttles with a delay, and lets go when the minute is over', async (t) => {
  const { chat, fake } = await chatFor(t, { minuteMs: 1000 })
  fake.control({ tokensPerMinute: { 'anthropic.claude-sonnet-5-5': 1500 } })
  let last: unknown
  do last = await outcome(chat)
  while (last !== 'model_throttled')
  do last = await outcome(chat)
  while (last === 'model_throttled')
  t.same(last, { type: 'stop', reason: 'end' })
})

test('bedrock emulator: a first throttle is tried again by the SDK, and nobody notices', async (t) => {
  const { chat, fake } = await chatFor(t, { maxAttempts: 3 })
  fake.control({ faults: [{ error: 'ThrottlingException', times: 2 }] })
  t.same(await outcome(chat), { type: 'stop', reason: 'end' })
  t.same(
    fake.requests.map(({ attempt }) => attempt),
    ['attempt=1; max=3', 'attempt=2; max=3', 'attempt=3; max=3'],
  )
})

test('bedrock emulator: a long system prompt is written to the cache once, and read from then on', async (t) => {
  const { chat } = await chatFor(t)
  const system = Array.from({ length: 4000 }, (_, at) => `rule${at}`).join(' ')
  const request = { ...question, system }
  const usage = async () => (await events(chat, request)).find((event) => event.type === 'usage')
  const first = await usage()
  const second = await usage()
  t.ok((first?.cacheWriteTokens ?? 0) > 1000)
  t.equal(second?.cacheReadTokens, first?.cacheWriteTokens)
  t.equal(second?.inputTokens, first?.inputTokens)
  t.ok((second?.costUsd ?? 1) < (first?.costUsd ?? 0))
})

test('bedrock emulator: what a guardrail holds back is said so', async (t) => {
  const { bedrock, fake } = await emulated(t)
  fake.control({ guardrail: { words: ['leave'], message: 'That cannot be said.' } })
  const guardrail = { id: 'g1', version: 'DRAFT' }
  const chat = createBedrockChat({ bedrock, model: '', role: 'strong', guardrail, warn })
  const list = await events(chat)
  t.equal(textOf(list), 'That cannot be said.')
  t.same(list.at(-1), { type: 'stop', reason: 'content_filter' })
})

test('bedrock emulator: a retired model, a denied one and one that does not exist are refused in words', async (t) => {
  const { fake, bedrock } = await emulated(t)
  const chat = (model: string) => createBedrockChat({ bedrock, model, role: 'strong', warn })
  fake.control({ endOfLife: ['anthropic.claude-3-haiku-20240307-v1:0'], denied: ['amazon.titan-text-express-v1'] })
  const retired = events(chat('anthropic.claude-3-haiku-20240307-v1:0'))
  await t.rejects(retired, { code: 'model_refused', message: /end of (its|the) life/ })
  await t.rejects(events(chat('amazon.titan-text-express-v1')), { code: 'model_refused' })
  await t.rejects(events(chat('nobody.made-this')), { code: 'model_refused' })
})

test('bedrock emulator: a model that nobody knows works, whatever it turns out not to know', async (t) => {
  const { fake, bedrock } = await emulated(t)
  fake.control({ aliases: { 'nobody.made-this': 'amazon.titan-text-express-v1' } })
  const warnings: string[] = []
  const warned = (message: string) => void warnings.push(message)
  const chat = createBedrockChat({ bedrock, model: 'nobody.made-this', role: 'strong', warn: warned })
  t.match(textOf(await events(chat)), /25 days/)
  t.match(warnings, [/not in the catalogue/, /asked without: system/])
})

test('bedrock emulator: an answer in one piece is the same answer', async (t) => {
  const { bedrock, chat } = await chatFor(t)
  const once = createBedrockChat({ bedrock, model: '', role: 'strong', streaming: false, warn })
  t.equal(textOf(await events(once)), textOf(await events(chat)))
})

test('bedrock emulator: vectors and rankings survive a throttle by the SDK’s tries', async (t) => {
  const { bedrock, fake } = await emulated(t, { maxAttempts: 3 })
  fake.control({ faults: [{ operation: 'InvokeModel', error: 'ThrottlingException', times: 2 }] })
  const embedder = createBedrockEmbedder({ bedrock, model: '', dimensions: 512, concurrency: 4, warn })
  t.equal((await embedder.embed(['a', 'b', 'c'], 'document', never())).length, 3)
})
