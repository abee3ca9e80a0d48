import type { Citation, StoredMessage } from '../../shared/ports/conversation-store.ts'
import type { SearchFilters } from '../../shared/ports/search-index.ts'
import type { Principal } from '../principal.ts'
import type { TurnUsage } from './model-call.ts'

export type Route = 'documents' | 'aggregate' | 'greeting' | 'help'

export interface ChatRequest {
  message: string
  conversation_id?: string
  filters?: SearchFilters
  /** Passages given to the model at most. */
  limit?: number
  /** Only the configured model's id is accepted. */
  model?: string
}

export interface ChatAnswer {
  answer: string
  conversation_id: string
  message_id: string
  citations: Citation[]
  model: string
  /** False when the answer was put together from quotations and no language model wrote it. */
  generated: boolean
  route: Route
  cached: boolean
  grounded: boolean
  /** For example that nothing was computed, or that search fell back to text. */
  notices: string[]
  usage: TurnUsage
  latency_ms: number
}

export type TurnEvent =
  | { type: 'start'; conversation_id: string; message_id: string }
  | { type: 'delta'; text: string }
  | { type: 'done'; answer: ChatAnswer }

/** What an answer was made from. Passages that the reader may no longer see are left out and counted in `withheld`. */
export interface AnswerTrace {
  message_id: string
  conversation_id: string
  question: string
  /** The question as it was searched for, when a follow-up was rewritten. */
  searched: string
  route: Route
  mode: string
  model: string
  prompt_hash: string
  passages: {
    number: number
    key: string
    document_id: string
    path: string
    locator: string
    score: number
    scores: { text?: number; vector?: number }
    cited: boolean
  }[]
  withheld: number
  usage: ChatAnswer['usage']
  stages_ms: Record<string, number>
  created_at: string
}

export interface Chat {
  /**
   * One turn. The first event comes before anything slow; a turn whose `signal` fires stops the model, records what was
   * said so far and ends without `done`.
   * @throws KassError what retrieval and the model throw; invalid_request for an unknown model
   */
  turn(caller: Principal, request: ChatRequest, signal: AbortSignal): AsyncGenerator<TurnEvent, void, undefined>
  /** The messages as the caller may see them now: what stands on a document that is gone or hidden is redacted. */
  readable(caller: Principal, messages: readonly StoredMessage[]): Promise<(StoredMessage & { redacted: boolean })[]>
  /** Undefined when the caller has no such answer. */
  trace(caller: Principal, messageId: string): Promise<AnswerTrace | undefined>
  /** Removes what is kept besides the messages. */
  forget(messageIds: readonly string[]): Promise<void>
}
