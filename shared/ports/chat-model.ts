/** A passage handed to the model, under the number by which the answer cites it. */
export interface Source {
  number: number
  title: string
  path: string
  section: readonly string[]
  locator: string
  kind: string
  text: string
  /** Of a `rows` passage without a header line, as in the chunk. */
  headerless?: true
}

export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
}

export interface ConverseRequest {
  /** Instructions; never mixed with what documents say. */
  system: string
  /** Oldest first; the last one is the user's question. */
  messages: readonly ChatMessage[]
  /** What the answer may be based on. Adapters hand them over apart from the instructions. */
  sources: readonly Source[]
  maxTokens: number
}

export type StopReason = 'end' | 'max_tokens' | 'content_filter' | 'aborted'

export type ConverseEvent =
  | { type: 'text'; text: string }
  | { type: 'usage'; inputTokens: number; outputTokens: number; estimated: boolean }
  | { type: 'stop'; reason: StopReason }

/**
 * One model that answers. Events: any number of `text`, then exactly one `usage`, then exactly one `stop`, and the end.
 * An abort stops the upstream call and still ends with `usage` (marked as estimated) and `stop: aborted`.
 * @throws KassError model_throttled (with its delay), model_unavailable, model_timeout, model_refused, model_failed
 */
export interface ChatModel {
  readonly id: string
  /** False when answers are put together from quotations and no language model wrote them. */
  readonly generates: boolean
  /** Tokens that request and answer may have together. */
  readonly contextTokens: number
  converse(request: ConverseRequest, signal: AbortSignal): AsyncIterable<ConverseEvent>
}
