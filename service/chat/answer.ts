import { KassError } from '../../shared/errors.ts'
import type { RetrievedPassage } from '../../shared/retrieval/types.ts'
import { noteStage } from '../../shared/telemetry/scope.ts'
import { notSaid } from '../../shared/text/not-said.ts'
import { buildCitations } from './citations.ts'
import { createMarkerFilter, withoutMarkers } from './cite.ts'
import { condense } from './condense.ts'
import { type ChatDeps, type Turn, timed } from './deps.ts'
import type { Made } from './made.ts'
import { noMemory, remember } from './memory.ts'
import { addUsage, callModel, noUsage } from './model-call.ts'
import { buildPrompt, promptHash } from './prompt.ts'
import type { TurnEvent } from './types.ts'
import { uniqueSources, visibility } from './visibility.ts'

/** Passages that a model is given when the caller does not say. */
const defaultLimit = 8
const nothingComputed = 'Nothing was counted or computed: these are the rows that were found.'
const notComputed = 'Nothing was counted or computed: KASS does not compare or add up over the rows of a table.'
const cutNotices: Record<string, string> = {
  max_tokens: 'The answer was cut at the longest length that is allowed.',
  content_filter: 'The model withheld a part of the answer.',
}

type Answering = AsyncGenerator<TurnEvent, Made | undefined, undefined>

/** Answers from the documents: out of the cache, or by the model. Gives nothing when the turn was broken off. */
export async function* answerQuestion(deps: ChatDeps, turn: Turn): Answering {
  const { ports, config } = deps
  const { caller, request, signal } = turn
  const model = ports.chat
  const mode = ports.embedder ? 'hybrid' : 'text'
  const memory =
    model.generates && request.conversation_id !== undefined
      ? await timed(turn, 'memory', remember(ports, caller, turn.conversationId, config.MEMORY_TOKENS))
      : noMemory

  // What was said before changes the answer, so only a question that stands alone may be answered from the cache.
  const alone = memory.messages.length === 0
  const key = alone ? await deps.answers.key(caller, request, { model: model.id, mode }) : undefined
  const kept = key === undefined ? undefined : await timed(turn, 'cache', deps.answers.get(caller, key))
  if (key !== undefined) deps.meter.count('kass.cache.requests', { cache: kept ? 'hit' : 'miss' })
  await turn.stored
  if (kept) {
    yield { type: 'delta', text: kept.text }
    // Another one may have put the same question in other letters.
    return { ...kept, searched: request.message, cached: true, usage: noUsage }
  }

  const asked = { model, logger: deps.logger }
  const quick = { model: ports.fast ?? model, logger: deps.logger }
  const condensed = alone
    ? { question: request.message, usage: noUsage, notice: undefined }
    : await timed(turn, 'condense', condense(quick, memory.messages, request.message, signal))
  if (signal.aborted) return undefined
  const limit = request.limit ?? defaultLimit
  const query = {
    query: condensed.question,
    limit,
    mode,
    ...(request.filters && { filters: request.filters }),
  } as const
  const found = await timed(turn, 'retrieve', deps.retriever.search(caller, query, signal))
  if (signal.aborted) return undefined

  const counts = turn.route === 'aggregate'
  const prompt = buildPrompt({
    question: request.message,
    memory: memory.messages,
    hits: found.hits,
    aggregate: counts && found.hits.some(isTable),
    contextTokens: model.contextTokens,
    answerTokens: config.ANSWER_TOKENS,
  })
  const { given } = prompt
  const filter = createMarkerFilter(new Set(given.map((_, at) => at + 1)))
  const call = callModel(asked, 'answer', prompt.request, signal)
  const hash = promptHash(prompt.request)
  let text = ''
  const notices = [condensed.notice, found.notice].filter((notice) => notice !== undefined)

  const soFar = (): Made => {
    const silent = saysNothing(text)
    const numbers = silent ? [] : filter.cited()
    const citations = buildCitations({ answer: text, question: request.message, numbers, given })
    const cited = given.filter((_, at) => numbers.includes(at + 1))
    return {
      text: silent ? notSaid : text,
      citations,
      route: counts && (cited.length > 0 ? cited : given).some(isTable) ? 'aggregate' : 'documents',
      grounded: citations.length > 0,
      cached: false,
      generated: model.generates,
      notices: [...notices],
      usage: addUsage(condensed.usage, call.usage()),
      seen: [
        ...given.map(({ documentId, incarnation, attempt }) => ({ documentId, incarnation, attempt })),
        ...memory.sources,
      ],
      searched: condensed.question,
      mode: found.mode,
      promptHash: hash,
      passages: given.map((passage, at) => traced(passage, at + 1, numbers.includes(at + 1))),
    }
  }

  if (given.length === 0) {
    text = notSaid
    yield { type: 'delta', text }
    return { ...soFar(), usage: condensed.usage, generated: false }
  }
  turn.soFar = soFar
  const begun = performance.now()
  for await (const piece of call.text) {
    const shown = filter.push(piece)
    if (shown === '') continue
    text += shown
    yield { type: 'delta', text: shown }
  }
  const modelMs = performance.now() - begun
  turn.stages.model = Math.round(modelMs * 100) / 100
  noteStage('model', modelMs)
  if (call.stop() === 'aborted') return undefined

  await requireVisible(deps, turn, soFar().seen)
  let rest = filter.end()
  const notice = cutNotices[call.stop()]
  if (notice !== undefined) notices.push(notice)
  if ((text + rest).trim() === '') rest = notSaid
  text += rest
  if (rest !== '') yield { type: 'delta', text: rest }

  const made = soFar()
  if (made.route === 'aggregate' && made.grounded) {
    const statement = `\n\n${nothingComputed}`
    made.text += statement
    made.notices.push(nothingComputed)
    yield { type: 'delta', text: statement }
  } else if (made.route === 'aggregate') made.notices.push(notComputed)
  // What comes of a passing failure, or was cut, is not worth giving again.
  if (key !== undefined && made.notices.every((one) => one === nothingComputed || one === notComputed)) {
    deps.later(`cache ${turn.messageId}`, () => deps.answers.put(key, made))
  }
  return made
}

/**
 * What was deleted or hidden while the model wrote is not given any more.
 * @throws KassError conflict
 */
async function requireVisible({ ports }: ChatDeps, { caller }: Turn, seen: Made['seen']): Promise<void> {
  const sources = uniqueSources(seen)
  const visible = await visibility(ports.documents, caller, sources)
  if (sources.every(visible)) return
  throw new KassError('conflict', {
    detail: 'A document that this answer stands on was deleted or hidden while it was written; ask again.',
  })
}

const isTable = (passage: RetrievedPassage): boolean => passage.kind !== 'text'

const saysNothing = (text: string): boolean => withoutMarkers(text).replace(/[’‘]/g, "'").trim() === notSaid

function traced(passage: RetrievedPassage, number: number, cited: boolean): Made['passages'][number] {
  const { key, documentId: document_id, path, locator, score, scores, incarnation } = passage
  return { entry: { number, key, document_id, path, locator, score, scores, cited }, incarnation }
}
