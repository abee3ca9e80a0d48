import fc from 'fast-check'
import { test } from 'tap'
import { bareClaude, bedrock, claude, collect, said, sources, textOf, titanText } from './client.ts'

const question = `${sources}\n\nQuestion: How many days of annual leave do employees get?`
const tools = [{ toolSpec: { name: 'sum', description: 'Adds', inputSchema: { json: { type: 'object' } } } }]

test('the SDK reads a whole answer, its usage and its stop reason', async (t) => {
  const { converse } = await bedrock(t)
  const output = await converse(question)
  t.equal(said(output), 'Employees get 25 days of annual leave. [1]')
  t.equal(output.stopReason, 'end_turn')
  t.match(output.usage, { outputTokens: 8, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 })
  t.equal(output.usage?.totalTokens, (output.usage?.inputTokens ?? 0) + 8)
})

test('the SDK reads the same answer from a stream, event by event', async (t) => {
  const { stream } = await bedrock(t)
  const events = await collect(await stream(question))
  t.equal(textOf(events), 'Employees get 25 days of annual leave. [1]')
  const kinds = events.map((event) => Object.keys(event)[0])
  t.equal(kinds[0], 'messageStart')
  t.same(kinds.slice(-3), ['contentBlockStop', 'messageStop', 'metadata'])
  t.ok(kinds.filter((kind) => kind === 'contentBlockDelta').length > 4)
  t.same(events.at(-2)?.messageStop?.stopReason, 'end_turn')
  t.ok((events.at(-1)?.metadata?.usage?.inputTokens ?? 0) > 50)
})

test('any text comes through the frames unchanged', async (t) => {
  const { fake, stream } = await bedrock(t)
  const check = fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), async (text) => {
    fake.control({ answers: [{ text }] })
    t.equal(textOf(await collect(await stream('Say it.'))), text)
  })
  await fc.assert(check, { numRuns: 60 })
})

test('a model is named by its id, its inference profile or an ARN', async (t) => {
  const { fake, converse } = await bedrock(t)
  fake.control({ aliases: { abc123: bareClaude } })
  const arn = 'arn:aws:bedrock:eu-central-1:123456789012'
  const names = [
    claude,
    `global.${bareClaude}`,
    `${arn}:inference-profile/${claude}`,
    `${arn}:application-inference-profile/abc123`,
  ]
  for (const modelId of names) t.equal(said(await converse(question, { modelId })), said(await converse(question)))
  const express = [titanText, `arn:aws:bedrock:eu-central-1::foundation-model/${titanText}`]
  for (const modelId of express) t.match(said(await converse(question, { modelId })), /25 days/)
  t.same(fake.counters.byModel, { [bareClaude]: 8, [titanText]: 2 })
})

test('an answer ends at maxTokens, and at a stop sequence', async (t) => {
  const { fake, converse } = await bedrock(t)
  const short = await converse(question, { inferenceConfig: { maxTokens: 3 } })
  t.equal(said(short), 'Employees get 25')
  t.equal(short.stopReason, 'max_tokens')
  t.equal(short.usage?.outputTokens, 3)
  fake.control({ answers: [{ text: 'one two STOP three' }] })
  const stopped = await converse(question, { inferenceConfig: { stopSequences: ['STOP'] } })
  t.equal(said(stopped), 'one two ')
  t.equal(stopped.stopReason, 'stop_sequence')
})

test('a scripted use of a tool is followed by an answer from its result', async (t) => {
  const { fake, stream, converse } = await bedrock(t)
  const input = { column: 'Sales', rows: [2, 3], note: 'ä "quoted" \n line' }
  fake.control({ answers: [{ text: 'I add.', toolUse: [{ name: 'sum', input }] }] })
  const events = await collect(await stream('What is the total?', { toolConfig: { tools } }))
  const start = events.find((event) => event.contentBlockStart)?.contentBlockStart
  t.match(start, { contentBlockIndex: 1, start: { toolUse: { name: 'sum' } } })
  const json = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '')
  t.ok(json.filter((piece) => piece !== '').length > 1, 'the input comes in pieces')
  t.same(JSON.parse(json.join('')), input)
  t.equal(events.find((event) => event.messageStop)?.messageStop?.stopReason, 'tool_use')

  const toolUseId = start?.start?.toolUse?.toolUseId ?? ''
  const answered = await converse('', {
    toolConfig: { tools },
    messages: [
      { role: 'user', content: [{ text: 'What is the total?' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId, name: 'sum', input } }] },
      { role: 'user', content: [{ toolResult: { toolUseId, content: [{ text: '200' }] } }] },
    ],
  })
  t.equal(said(answered), 'The tool says: 200')
  t.equal(answered.stopReason, 'end_turn')
})

test('a whole answer holds the use of a tool as the SDK expects it', async (t) => {
  const { fake, converse } = await bedrock(t)
  fake.control({ answers: [{ toolUse: [{ id: 'tooluse_x', name: 'sum', input: { a: 1 } }] }] })
  const output = await converse('Add.', { toolConfig: { tools } })
  t.same(output.output?.message?.content, [{ toolUse: { toolUseId: 'tooluse_x', name: 'sum', input: { a: 1 } } }])
  t.equal(output.stopReason, 'tool_use')
})

test('what a model thinks comes in a block of its own, before its answer', async (t) => {
  const { fake, stream, converse } = await bedrock(t)
  fake.control({ answers: [{ reasoning: 'Let me see.', text: 'It is so.', times: 2 }] })
  const events = await collect(await stream('Is it?'))
  t.equal(textOf(events), 'It is so.')
  const thought = events.map((event) => event.contentBlockDelta?.delta?.reasoningContent?.text ?? '').join('')
  t.equal(thought, 'Let me see.')
  t.same((await converse('Is it?')).output?.message?.content, [
    { reasoningContent: { reasoningText: { text: 'Let me see.' } } },
    { text: 'It is so.' },
  ])
})

test('a guardrail answers in place of the model, where one is named', async (t) => {
  const { fake, converse } = await bedrock(t)
  fake.control({ guardrail: { words: ['salary'], message: 'I may not speak of that.' } })
  const guardrailConfig = { guardrailIdentifier: 'abc', guardrailVersion: '1' }
  const stopped = await converse('Question: What is the Salary of Ann?', { guardrailConfig })
  t.equal(said(stopped), 'I may not speak of that.')
  t.equal(stopped.stopReason, 'guardrail_intervened')
  t.equal((await converse('Question: What is the Salary of Ann?')).stopReason, 'end_turn')
})

test('a prefix up to a cache point is written once and read from then on', async (t) => {
  const { converse } = await bedrock(t)
  const system = [{ text: 'Answer briefly. '.repeat(400) }, { cachePoint: { type: 'default' as const } }]
  const first = await converse('Question: one?', { system })
  const second = await converse('Question: two?', { system })
  const written = first.usage?.cacheWriteInputTokens ?? 0
  t.ok(written >= 1024)
  t.match(second.usage, { cacheReadInputTokens: written, cacheWriteInputTokens: 0 })
  t.equal(second.usage?.inputTokens, first.usage?.inputTokens)
  const short = await converse('Hi', { system: [{ text: 'Short.' }, { cachePoint: { type: 'default' } }] })
  t.match(short.usage, { cacheReadInputTokens: 0, cacheWriteInputTokens: 0 }, 'too short a prefix is not cached')
})
