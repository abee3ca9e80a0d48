import type { ChatMessage } from '../../shared/ports/chat-model.ts'
import type { ConversationStore, SourceDocument, StoredMessage } from '../../shared/ports/conversation-store.ts'
import type { DocumentStore } from '../../shared/ports/document-store.ts'
import { countTokens } from '../../shared/text/tokens.ts'
import type { Principal } from '../principal.ts'
import { withoutMarkers } from './cite.ts'
import { uniqueSources, visibility } from './visibility.ts'

export interface Memory {
  /** Earlier turns that go into the prompt, oldest first: question and answer by turns. */
  messages: ChatMessage[]
  /** The documents that those answers stand on. */
  sources: SourceDocument[]
}

export const noMemory: Memory = { messages: [], sources: [] }

interface Stores {
  conversations: ConversationStore
  documents: DocumentStore
}

const mostTurns = 20

/**
 * The last turns of a conversation that fit into `tokens`. A turn that stands on a document which the caller may no
 * longer see is left out as a whole: neither its words nor a question that repeats them reach the model.
 */
export async function remember(
  stores: Stores,
  caller: Principal,
  conversationId: string,
  tokens: number,
): Promise<Memory> {
  if (tokens <= 0) return noMemory
  const stored = await stores.conversations.recent(caller, conversationId, 2 * mostTurns)
  const turns = pairs(stored)
  if (turns.length === 0) return noMemory
  const visible = await visibility(
    stores.documents,
    caller,
    turns.flatMap((turn) => turn.answer.sources),
  )
  const messages: ChatMessage[] = []
  const sources: SourceDocument[] = []
  let left = tokens
  for (const { question, answer } of turns.toReversed()) {
    if (!answer.sources.every(visible)) continue
    // The numbers of an old answer would point to the passages of the new one.
    const said = withoutMarkers(answer.content)
    left -= countTokens(question.content) + countTokens(said)
    if (left < 0) break
    messages.unshift({ role: 'user', content: question.content }, { role: 'assistant', content: said })
    sources.push(...answer.sources)
  }
  return { messages, sources: uniqueSources(sources) }
}

interface Turn {
  question: StoredMessage
  answer: StoredMessage
}

/** Questions with the answers to them, even where two turns overlapped. Small talk is not worth remembering. */
function pairs(stored: readonly StoredMessage[]): Turn[] {
  const questions = new Map<unknown, StoredMessage>()
  const turns: Turn[] = []
  for (const message of stored) {
    if (message.role === 'user') questions.set(message.id, message)
    const question = questions.get(message.meta?.question_id)
    const route = message.meta?.route
    if (message.role !== 'assistant' || !question || route === 'greeting' || route === 'help') continue
    if (message.content !== '') turns.push({ question, answer: message })
  }
  return turns
}

const redaction = 'This answer is hidden: it stands on a document that is gone or that you may no longer see.'

/** Messages as the caller may see them now: answers on documents that are gone or hidden lose words and citations. */
export async function readable(
  documents: DocumentStore,
  caller: Principal,
  messages: readonly StoredMessage[],
): Promise<(StoredMessage & { redacted: boolean })[]> {
  const visible = await visibility(
    documents,
    caller,
    messages.flatMap((message) => message.sources),
  )
  return messages.map((message) =>
    message.sources.every(visible)
      ? { ...message, redacted: false }
      : { ...withoutComment(message), content: redaction, sources: [], citations: [], redacted: true },
  )
}

/** A comment quotes what it is about. */
function withoutComment({ feedback, ...message }: StoredMessage): StoredMessage {
  return feedback ? { ...message, feedback: { rating: feedback.rating, at: feedback.at } } : message
}
