import t from 'tap'
import { callModel } from '../../service/chat/model-call.ts'
import { build } from '../../service/test/helper.ts'
import { KassError } from '../../shared/errors.ts'
import { createLogger } from '../../shared/logger.ts'
import type { ChatModel } from '../../shared/ports/chat-model.ts'
import { queries } from '../watch/queries.ts'

/** The fields that a query reads; those that it makes itself, functions and words of the language are none. */
function fieldsOf(query: string): string[] {
  const withoutTexts = query.replace(/"[^"]*"/g, '')
  const made = new Set([...withoutTexts.matchAll(/ as (\w+)/g)].map(([, name]) => name))
  const language = new Set([
    'fields',
    'filter',
    'sort',
    'stats',
    'limit',
    'by',
    'as',
    'and',
    'desc',
    'count',
    'sum',
    'pct',
    'max',
    'ispresent',
  ])
  const words = withoutTexts.match(/@?[A-Za-z][\w.]*/g) ?? []
  return [...new Set(words)].filter((word) => !word.startsWith('@') && !language.has(word) && !made.has(word))
}

/** Whether a line of the log has a field, as CloudWatch finds it: with dots into what is inside. */
function has(line: Record<string, unknown>, field: string): boolean {
  let value: unknown = line
  for (const name of field.split('.')) {
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
  }
  return value !== undefined
}

t.test('the query for errors and that for latencies read what a failed request leaves in the log', async (t) => {
  const retriever = { search: () => Promise.reject(new KassError('search_unavailable', { cause: new Error('gone') })) }
  const { app, logged } = await build(t, { retriever })
  await app.inject({ method: 'POST', url: '/search', payload: { query: 'anything' } })
  const line = await logged(({ message }) => message === 'request')
  t.equal(line.level, 'ERROR', 'as the query has it')
  for (const name of ['errors', 'latency'] as const) {
    t.ok(fieldsOf(queries[name]).length > 1)
    for (const field of fieldsOf(queries[name])) t.ok(has(line, field), `${name}: ${field}`)
  }
})

t.test('the query for tokens reads what the call of a model leaves in the log', async (t) => {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger(
    { level: 'info', name: 'test' },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  )
  const model: ChatModel = {
    ...{ id: 'test-model', generates: true, usesTools: false, contextTokens: 1000 },
    async *converse() {
      yield { type: 'usage', inputTokens: 3, outputTokens: 4, estimated: false, costUsd: 0.01 }
      yield { type: 'stop', reason: 'end' }
    },
  }
  const request = { system: '', messages: [], sources: [], maxTokens: 10 }
  for await (const _ of callModel({ model, logger }, 'answer', request, new AbortController().signal).text)
    t.fail('it says nothing')
  const [line = {}] = lines
  for (const field of fieldsOf(queries['tokens-by-model'])) t.ok(has(line, field), field)
  t.same(fieldsOf(queries['tokens-by-model']).sort(), ['costUsd', 'inputTokens', 'model', 'outputTokens'])
})
