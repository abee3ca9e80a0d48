import { Type } from 'typebox'
import type { Config } from '../../shared/config.ts'
import { FiltersSchema, oneOf, Time } from './common.ts'

/** Chosen by the caller, or given by an answer. */
export const conversationIdPattern = '^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,127}$'

/** Of the documents that the README begins with. */
const question = 'After how many months is a laptop replaced?'

/** @param model the id of the configured model, the only one that may be named */
export const chatRequest = (config: Config, model: string) =>
  Type.Object(
    {
      message: Type.String({
        minLength: 1,
        maxLength: config.MAX_MESSAGE_CHARS,
        pattern: '\\S',
        description: 'The question.',
      }),
      conversation_id: Type.Optional(
        Type.String({
          pattern: conversationIdPattern,
          description: 'Goes on with a conversation; one that is not known begins under this name.',
        }),
      ),
      filters: Type.Optional(FiltersSchema),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 50, description: 'Passages given to the model, at most.' }),
      ),
      model: Type.Optional(oneOf([model], { description: 'The configured model; no other is accepted.' })),
      stream: Type.Optional(
        Type.Boolean({ description: 'Answer as server-sent events; so does `Accept: text/event-stream`.' }),
      ),
    },
    { additionalProperties: false, examples: [{ message: question }] },
  )

export const CitationSchema = Type.Object({
  number: Type.Integer({ description: 'As it stands in the answer: [1].' }),
  document_id: Type.String(),
  path: Type.String(),
  title: Type.String(),
  section: Type.Array(Type.String()),
  locator: Type.String({ description: 'Where it opens: `page 3`, `Sheet1!A12:F18`, …' }),
  quote: Type.String({ description: 'The words that support the answer.' }),
})

const UsageSchema = Type.Object({
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cache_read_tokens: Type.Optional(Type.Integer({ description: 'Of the input: read from the prompt cache.' })),
  cache_write_tokens: Type.Optional(Type.Integer({ description: 'Of the input: written to the prompt cache.' })),
  cost_usd: Type.Optional(Type.Number({ description: 'By list price; missing where no price is known.' })),
  estimated: Type.Boolean(),
})

const routes = ['documents', 'aggregate', 'greeting', 'help'] as const
const RouteSchema = oneOf(routes, { description: 'What kind of question it was taken for.' })

const answerExample = {
  answer: 'A laptop is replaced after 42 months, or earlier when its repair would cost more than 300 euros. [1]',
  conversation_id: '01K0G3Z3Q2J8W9V5T1N6R4M7XC',
  message_id: '01K0G3Z3S8N2C7D4F6H1J9K5PB',
  citations: [
    {
      number: 1,
      document_id: 'doc_5r2kq3tz7vh4xw6m2ycnb4pa',
      path: 'company/employee-handbook.pdf',
      title: 'Employee handbook',
      section: [],
      locator: 'page 8',
      quote: 'A laptop is replaced after 42 months, or earlier when its repair would cost more than 300 euros.',
    },
  ],
  model: 'extractive',
  generated: false,
  route: 'documents' as const,
  cached: false,
  grounded: true,
  notices: [],
  usage: { input_tokens: 0, output_tokens: 0, estimated: false },
  latency_ms: 12,
}

export const ChatAnswerSchema = Type.Object(
  {
    answer: Type.String(),
    conversation_id: Type.String(),
    message_id: Type.String({ description: 'Of the answer: GET /answers/{id}/trace tells what it was made from.' }),
    citations: Type.Array(CitationSchema),
    model: Type.String(),
    generated: Type.Boolean({ description: 'False when the answer is quotations and no language model wrote it.' }),
    route: RouteSchema,
    cached: Type.Boolean(),
    grounded: Type.Boolean({ description: 'Whether the documents support the answer.' }),
    notices: Type.Array(Type.String()),
    usage: UsageSchema,
    latency_ms: Type.Number(),
  },
  { description: 'The answer, or with `stream` the events it arrives in.', examples: [answerExample] },
)

/** Of one event of the stream; the stream itself is text. */
export const EventSchema = Type.Object(
  {
    event: oneOf(['start', 'delta', 'done', 'error']),
    data: Type.String({ description: 'JSON: the ids, a piece of the text, the whole answer, or a Problem.' }),
  },
  {
    description:
      'Server-sent events: `start`, `delta` (any number) and `done`; a failure ends the stream with one `error`. A comment line keeps a silent stream alive.',
    examples: [{ event: 'delta', data: '{"text":"New employees have 25 days"}' }],
  },
)

export const TraceSchema = Type.Object(
  {
    message_id: Type.String(),
    conversation_id: Type.String(),
    question: Type.String(),
    searched: Type.String({ description: 'The question as it was searched for.' }),
    route: RouteSchema,
    mode: Type.String(),
    model: Type.String(),
    prompt_hash: Type.String(),
    passages: Type.Array(
      Type.Object({
        number: Type.Integer(),
        key: Type.String(),
        document_id: Type.String(),
        path: Type.String(),
        locator: Type.String(),
        score: Type.Number(),
        scores: Type.Object({ text: Type.Optional(Type.Number()), vector: Type.Optional(Type.Number()) }),
        cited: Type.Boolean(),
      }),
    ),
    withheld: Type.Integer({ description: 'Passages that the caller may not see any more.' }),
    usage: UsageSchema,
    stages_ms: Type.Unsafe<Record<string, number>>({ type: 'object', additionalProperties: { type: 'number' } }),
    created_at: Time(),
  },
  { description: 'What the answer was made from.' },
)
