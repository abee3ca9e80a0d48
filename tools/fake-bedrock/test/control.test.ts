import { test } from 'tap'
import { createBudget } from '../budget.ts'
import { bareClaude, bedrock, collect, said, textOf } from './client.ts'

const inputTokens = (output: { usage?: { inputTokens?: number | undefined } | undefined }) =>
  output.usage?.inputTokens ?? 0

test('a budget of tokens a minute counts the reservation for maxTokens, until it is settled', async (t) => {
  const { fake, converse } = await bedrock(t)
  const ask = (maxTokens: number) => converse('Hello', { inferenceConfig: { maxTokens } })
  const used = inputTokens(await ask(50))
  fake.control({ answers: [{ text: 'one two' }, { text: 'one two' }], tokensPerMinute: { [bareClaude]: 100 + used } })
  await t.rejects(ask(101), {
    name: 'ThrottlingException',
    message: 'Too many tokens, please wait before trying again.',
    $metadata: { httpStatusCode: 429 },
    $response: { headers: { 'retry-after': '60' } },
  })
  t.ok(await ask(100), 'two tokens that count five times each, and the input, are what is left of it')
  await t.rejects(ask(100), { name: 'ThrottlingException' })
  t.ok(await ask(90 - used))
  fake.control({ tokensPerMinute: { [bareClaude]: null } })
  t.ok(await ask(1000))
})

test('a budget is whole again when its minute is over, and says when', (t) => {
  let now = 0
  const budget = createBudget(60_000, () => now)
  budget.limit('m', 100)
  budget.reserve('m', 60)
  now = 15_000
  budget.reserve('m', 40)
  now = 30_000
  t.throws(() => budget.reserve('m', 50), { name: 'ThrottlingException', retryAfter: 30 })
  t.throws(() => budget.reserve('m', 70), { name: 'ThrottlingException', retryAfter: 45 })
  now = 60_000
  budget.reserve('m', 60)
  budget.reserve('other', 1_000_000)
  t.end()
})

test('the last requests are kept as they were sent, without their signatures', async (t) => {
  const { fake, converse } = await bedrock(t)
  await converse('Hello', { system: [{ text: 'Be brief.' }] })
  t.same(fake.requests, [
    {
      operation: 'Converse',
      model: bareClaude,
      modelId: `eu.${bareClaude}`,
      region: 'eu-central-1',
      attempt: 'attempt=1; max=1',
      body: { system: [{ text: 'Be brief.' }], messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
    },
  ])
  t.notMatch(await (await fetch(`${fake.url}/_control`)).text(), /Signature|Credential/)
})

test('everything can be steered over HTTP', async (t) => {
  const { fake, converse, stream } = await bedrock(t)
  const control = async (method: string, body?: object, path = '') => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(`${fake.url}/_control${path}`, init)
    return { status: response.status, body: await response.json() }
  }
  t.match(await (await fetch(`${fake.url}/_health`)).json(), { status: 'ok' })
  await control('POST', { answers: [{ text: 'Scripted.' }], faults: [{ midway: 'hold', times: 1 }] })
  const events = stream('a').then(collect)
  t.match(await control('GET', undefined, '/until?counter=held'), { status: 200, body: { counters: { held: 1 } } })
  await control('POST', { release: true })
  t.equal(textOf(await events), 'Scripted.')
  t.match(await control('GET', undefined, '/until?counter=byOperation.ConverseStream'), { status: 200 })
  t.match(await control('GET', undefined, '/until?counter=held&timeoutMs=0'), { status: 408 })

  t.match(await control('POST', { denied: [bareClaude], faults: [{ error: 'ThrottlingException' }] }), {
    body: { denied: [bareClaude], faults: [{ error: 'ThrottlingException' }], requests: { length: 1 } },
  })
  await t.rejects(converse('a'), { name: 'ThrottlingException' })
  const { body } = await control('DELETE')
  t.match(body, { counters: { requests: 0, pieces: 0 }, faults: [], denied: [], requests: [] })
  t.match(said(await converse('Hello')), /Hello/)
})

test('a slip in what is asked of the control endpoint is told, and changes nothing', async (t) => {
  const { fake } = await bedrock(t)
  const slips = [
    '{',
    '[]',
    '{"fault":[]}',
    '{"faults":[{"error":"Throttling"}]}',
    '{"faults":[{"delay":1}]}',
    '{"faults":[{"midway":"pause"}]}',
    '{"answers":[{"text":1}]}',
    '{"faults":[{"times":0}]}',
  ]
  for (const body of slips) {
    const response = await fetch(`${fake.url}/_control`, { method: 'POST', body })
    t.equal(response.status, 400, body)
    t.match(await response.json(), { message: /./ })
  }
  t.match(await (await fetch(`${fake.url}/_control`)).json(), { faults: [], answers: [] })
  t.equal((await fetch(`${fake.url}/_control/until?counter=nothing`)).status, 400)
  t.equal((await fetch(`${fake.url}/_control/none`)).status, 404)
})
