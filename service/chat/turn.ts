import { traceKey } from '../../shared/documents/trace-key.ts'
import { isKassError, KassError } from '../../shared/errors.ts'
import type { Principal } from '../principal.ts'
import { answerQuestion } from './answer.ts'
import type { ChatDeps, Turn } from './deps.ts'
import type { Made } from './made.ts'
import { noUsage } from './model-call.ts'
import { overview } from './overview.ts'
import { isThanks, routeOf } from './route.ts'
import type { StoredTrace } from './trace.ts'
import type { ChatAnswer, ChatRequest, TurnEvent } from './types.ts'
import { uniqueSources } from './visibility.ts'

const youAreWelcome = "You're welcome! Ask on, about anything in the documents."
const noop = (): void => {}

/** One turn, from the question to the recorded answer. See `Chat.turn` for what it promises. */
export async function* runTurn(
  deps: ChatDeps,
  caller: Principal,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void, undefined> {
  const begun = performance.now()
  const { ports, newId } = deps
  if (request.model !== undefined && request.model !== ports.chat.id) {
    throw new KassError('invalid_request', {
      detail: `The model is "${ports.chat.id}"; no other is configured.`,
      place: 'model',
    })
  }
  const ids = { conversationId: request.conversation_id ?? newId(), messageId: newId(), questionId: newId() }
  yield { type: 'start', conversation_id: ids.conversationId, message_id: ids.messageId }

  const question = { id: ids.questionId, role: 'user' as const, content: request.message, createdAt: deps.clock() }
  const stored = ports.conversations.append(caller, ids.conversationId, { ...question, sources: [], citations: [] })
  stored.catch(noop)
  const turn: Turn = { ...ids, caller, request, route: routeOf(request.message), signal, stored, stages: {} }
  let settled = false
  let failure: string | undefined
  try {
    const small = turn.route === 'greeting' || turn.route === 'help'
    const made = yield* small ? smallTalk(deps, turn) : answerQuestion(deps, turn)
    if (made) {
      settled = true
      const answer = await record(deps, turn, made, begun)
      yield { type: 'done', answer }
    }
  } catch (error) {
    // Whatever an abort makes its victims throw, the caller knows of it.
    if (signal.aborted && !settled) return
    failure = isKassError(error) ? error.code : 'internal'
    throw error
  } finally {
    await stored.catch(noop)
    const said = settled ? undefined : turn.soFar?.()
    if (said && said.text !== '') {
      const about = { interrupted: true, ...(failure !== undefined && { error: failure }) }
      await record(deps, turn, said, begun, about).catch((error: unknown) =>
        deps.logger.error({ err: error, messageId: turn.messageId }, 'a broken-off answer could not be recorded'),
      )
    }
  }
}

async function* smallTalk(deps: ChatDeps, turn: Turn): AsyncGenerator<TurnEvent, Made, undefined> {
  const route = turn.route === 'greeting' ? 'greeting' : 'help'
  const thanked = route === 'greeting' && isThanks(turn.request.message)
  const said = thanked ? { text: youAreWelcome, sources: [] } : overview(deps.ports.documents, turn.caller, route)
  const [{ text, sources }] = await Promise.all([said, turn.stored])
  yield { type: 'delta', text }
  const nothing = { citations: [], grounded: false, cached: false, generated: false, notices: [], passages: [] }
  return {
    ...nothing,
    text,
    route,
    usage: noUsage,
    seen: sources,
    searched: turn.request.message,
    mode: 'none',
    promptHash: '',
  }
}

/** Puts the answer into the conversation, and its trace beside it. */
async function record(
  deps: ChatDeps,
  turn: Turn,
  made: Made,
  begun: number,
  about: Record<string, unknown> = {},
): Promise<ChatAnswer> {
  const { route, generated, cached, grounded, notices, usage, citations } = made
  const createdAt = deps.clock()
  const meta = { model: deps.ports.chat.id, generated, route, cached, grounded, notices, usage }
  const latency_ms = Math.round((performance.now() - begun) * 10) / 10
  await deps.ports.conversations.append(turn.caller, turn.conversationId, {
    id: turn.messageId,
    role: 'assistant',
    content: made.text,
    createdAt,
    sources: uniqueSources(made.seen),
    citations,
    meta: { ...meta, latency_ms, question_id: turn.questionId, ...about },
  })
  const trace: StoredTrace = {
    owner: { tenant: turn.caller.tenant, subject: turn.caller.subject },
    message_id: turn.messageId,
    conversation_id: turn.conversationId,
    question: turn.request.message,
    searched: made.searched,
    route,
    mode: made.mode,
    model: deps.ports.chat.id,
    prompt_hash: made.promptHash,
    passages: made.passages,
    usage,
    stages_ms: { ...turn.stages, total: latency_ms },
    created_at: new Date(createdAt).toISOString(),
  }
  deps.later(turn.messageId, () => deps.ports.derived.put(traceKey(turn.messageId), JSON.stringify(trace)))
  return {
    answer: made.text,
    conversation_id: turn.conversationId,
    message_id: turn.messageId,
    citations,
    ...meta,
    latency_ms,
  }
}
