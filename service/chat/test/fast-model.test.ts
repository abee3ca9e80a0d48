import { test } from 'tap'
import { document, scripted } from './support.ts'
import { createWorld } from './world.ts'

const documents = () => [document('contract', 'The notice period of the contract is ninety days.')]
const first = { message: 'What is the notice period of the contract?', conversation_id: 'c1' }
const second = { message: 'And who can end it?', conversation_id: 'c1' }

test('a quick model rewrites the follow-up, the other one answers, and both are counted and logged', async (t) => {
  const strong = scripted(() => 'Ninety days. [1]')
  const fast = scripted(() => 'Who can end the contract?', { id: 'quick' })
  const world = createWorld(documents(), strong.model, { fast: fast.model })
  await world.ask(first)
  const answer = await world.ask(second)
  t.equal(fast.requests.length, 1)
  t.equal(strong.requests.length, 2)
  t.match(answer, { model: 'scripted', usage: { input_tokens: 200 } })
  const calls = world.lines.map((line) => JSON.parse(line)).filter((line) => line.message === 'model call')
  t.match(calls, [
    { model: 'scripted', purpose: 'answer' },
    { model: 'quick', purpose: 'condense' },
    { model: 'scripted', purpose: 'answer' },
  ])
})

test('the figures of both calls are added up, cost and cache among them, and logged', async (t) => {
  const usage = { inputTokens: 1000, outputTokens: 10, cacheReadTokens: 600, cacheWriteTokens: 0, estimated: false }
  const priced = (id: string, said: string, costUsd: number | undefined) =>
    scripted(() => said, {
      id,
      async *converse() {
        yield { type: 'text', text: said }
        yield { type: 'usage', ...usage, ...(costUsd !== undefined && { costUsd }) }
        yield { type: 'stop', reason: 'end' }
      },
    }).model
  const strong = priced('strong', 'Ninety days. [1]', 0.02)
  const both = createWorld(documents(), strong, { fast: priced('quick', 'Who can end the contract?', 0.001) })
  await both.ask(first)
  t.same((await both.ask(second)).usage, {
    input_tokens: 2000,
    output_tokens: 20,
    cache_read_tokens: 1200,
    cache_write_tokens: 0,
    cost_usd: 0.021,
    estimated: false,
  })
  t.match(JSON.parse(both.lines.find((line) => line.includes('quick')) ?? ''), {
    message: 'model call',
    inputTokens: 1000,
    cacheReadTokens: 600,
    costUsd: 0.001,
  })

  const unpriced = createWorld(documents(), strong, { fast: priced('quick', 'Who can end it?', undefined) })
  await unpriced.ask(first)
  t.equal((await unpriced.ask(second)).usage.cost_usd, undefined, 'half a cost is none')
})
