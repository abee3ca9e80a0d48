import fc from 'fast-check'
import { test } from 'tap'
import { renderMessages } from '../../../shared/adapters/openai-compatible/render.ts'
import { countTokens } from '../../../shared/text/tokens.ts'
import { buildPrompt } from '../prompt.ts'
import { document, passage } from './support.ts'

const hits = (count: number, words: number) =>
  Array.from({ length: count }, (_, at) =>
    passage(document(`d${at}`, ''), { text: `Fact ${at}. ${'word '.repeat(words)}` }),
  )
const base = { question: 'Why?', memory: [], aggregate: false, answerTokens: 256 }

test('a prompt fits into the model with its answer, whatever there is to say', async (t) => {
  const input = fc.record({
    contextTokens: fc.integer({ min: 1024, max: 20_000 }),
    passages: fc.nat(50),
    words: fc.integer({ min: 1, max: 800 }),
    turns: fc.nat(10),
  })
  fc.assert(
    fc.property(input, ({ contextTokens, passages, words, turns }) => {
      const memory = Array.from({ length: turns }, () => [
        { role: 'user' as const, content: 'question '.repeat(50) },
        { role: 'assistant' as const, content: 'answer '.repeat(100) },
      ]).flat()
      const { request, given } = buildPrompt({ ...base, memory, hits: hits(passages, words), contextTokens })
      const tokens = renderMessages(request).reduce((sum, message) => sum + countTokens(message.content), 0)
      const first = request.messages[0]?.role
      return tokens + request.maxTokens <= contextTokens && given.length === request.sources.length && first === 'user'
    }),
  )
  t.pass('for every size')
})

test('the best passages stay whole, later ones are shortened or left out', async (t) => {
  const { request, given } = buildPrompt({ ...base, hits: hits(20, 300), contextTokens: 4096 })
  t.ok(given.length > 2 && given.length < 20)
  t.equal(request.sources[0]?.text, hits(20, 300)[0]?.text)
  t.same(
    request.sources.map((source) => source.number),
    given.map((_, at) => at + 1),
  )
})

test('a block of rows is shortened by whole rows, and knows the rows that are left', async (t) => {
  const rows = Array.from({ length: 200 }, (_, at) => `North | ${at} | some product`)
  const block = passage(document('s', ''), {
    kind: 'rows',
    text: ['Region | N | Product', ...rows].join('\n'),
    rowNumbers: rows.map((_, at) => at + 2),
  })
  const { request, given } = buildPrompt({ ...base, hits: [block], contextTokens: 2048 })
  const lines = request.sources[0]?.text.split('\n') ?? []
  t.ok(lines.length > 10 && lines.length < 200)
  t.ok(block.text.split('\n').includes(lines.at(-1) ?? ''))
  t.equal(given[0]?.rowNumbers?.length, lines.length - 1)
})

test('a question that alone is too long for the model is refused', async (t) => {
  t.throws(() => buildPrompt({ ...base, question: 'why '.repeat(4000), hits: [], contextTokens: 2048 }), {
    code: 'invalid_request',
  })
})

test('a model without a limit gets everything', async (t) => {
  const { given } = buildPrompt({ ...base, hits: hits(50, 800), contextTokens: Number.MAX_SAFE_INTEGER })
  t.equal(given.length, 50)
})
