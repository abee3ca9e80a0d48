import type { FastifyRequest } from 'fastify'
import { KassError } from '../../shared/errors.ts'
import type { AnswerTrace, ChatAnswer, TurnEvent } from '../chat/types.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { createPlaces } from '../plugins/limits.ts'
import { firstWord } from '../plugins/telemetry.ts'
import { ChatAnswerSchema, chatRequest, EventSchema, TraceSchema } from '../schemas/chat.ts'
import { IdParams, normalized } from '../schemas/common.ts'
import { streamTurn } from './chat-stream.ts'
import { endSignal } from './hang-up.ts'

const modelErrors = ['model_throttled', 'model_unavailable', 'model_timeout', 'model_refused', 'model_failed'] as const

/** `text/event-stream` by name and not refused by `q=0`; a wildcard is no wish for a stream. */
function acceptsEvents(request: FastifyRequest): boolean {
  const ranges = (request.headers.accept ?? '').toLowerCase().split(',')
  return ranges.some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}

async function wholeAnswer(
  events: AsyncIterable<TurnEvent>,
  signal: AbortSignal,
  onWord: () => void,
): Promise<ChatAnswer> {
  for await (const event of events) {
    if (event.type === 'delta') onWord()
    if (event.type === 'done') return event.answer
  }
  throw signal.aborted ? signal.reason : new KassError('internal')
}

/** Questions, and what their answers were made from. */
export function addChatRoutes(app: App, deps: Deps): void {
  const { config, chat, work, usage, telemetry } = deps
  const places = createPlaces(config.MAX_CHATS, 'Too many questions are being answered at once.')

  app.post(
    '/chat',
    {
      sse: 'manual',
      config: { access: 'chat' },
      schema: {
        tags: ['chat'],
        summary: 'Ask a question',
        description: 'Answers from the documents that the caller may see, with citations. Needs the scope `chat`.',
        body: chatRequest(config, deps.ports.chat.id),
        response: {
          200: {
            description: 'The answer, or the events it arrives in.',
            content: {
              'application/json': { schema: ChatAnswerSchema },
              'text/event-stream': { schema: EventSchema },
            },
          },
        },
        problems: { body: true, codes: ['conflict', 'shutting_down', ...modelErrors] },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { stream = acceptsEvents(request), ...question } = request.body
      const free = places.take()
      try {
        const { signal, gone } = endSignal(reply, work)
        const onDone = ({ usage: spent }: ChatAnswer) =>
          usage.add(caller, { inputTokens: spent.input_tokens, outputTokens: spent.output_tokens })
        const onWord = firstWord(telemetry.meter, request, reply)
        const events = chat.turn(caller, normalized(question), signal)
        if (stream) {
          await streamTurn(events, request, reply, { signal, gone, onWord, onDone })
          return
        }
        const answer = await wholeAnswer(events, signal, onWord)
        onDone(answer)
        return answer
      } finally {
        free()
      }
    },
  )

  app.get(
    '/answers/:id/trace',
    {
      config: { access: 'chat' },
      schema: {
        tags: ['chat'],
        summary: 'What an answer was made from',
        description: 'Passages, scores, model and times of an answer of the caller. Needs the scope `chat`.',
        params: IdParams,
        response: { 200: TraceSchema },
        problems: { codes: ['not_found'] },
      },
    },
    async (request): Promise<AnswerTrace> => {
      const trace = await chat.trace(callerOf(request), request.params.id)
      if (!trace) throw new KassError('not_found')
      return trace
    },
  )
}
