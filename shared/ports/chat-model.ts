import { KassError } from '../errors.ts'

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

/** Something that the model may ask the caller to do. */
export interface Tool {
  name: string
  /** What it does, and when to use it: the model decides by this. */
  description: string
  /** JSON Schema of its input, an object. */
  inputSchema: Readonly<Record<string, unknown>>
}

/** The model asks for a tool. Its input is what the model wrote: nothing has checked it against the schema. */
export interface ToolUse {
  id: string
  name: string
  input: Readonly<Record<string, unknown>>
}

export interface ToolResult {
  /** The `id` of the use that it answers. */
  toolUseId: string
  content: string
  failed?: true
}

export interface ChatMessage {
  role: 'user' | 'assistant'
  /** May be empty where the message holds tool uses or results. */
  content: string
  /** Of an assistant: what it asked for, in the order of its asking. */
  toolUses?: readonly ToolUse[]
  /** Of the user message after it: one for each use. */
  toolResults?: readonly ToolResult[]
}

export interface ConverseRequest {
  /** Instructions; never mixed with what documents say. */
  system: string
  /** Oldest first; the last one is the user's question, or the results of the tools that it led to. */
  messages: readonly ChatMessage[]
  /** What the answer may be based on. Adapters hand them over apart from the instructions. */
  sources: readonly Source[]
  maxTokens: number
  /** Only for a model with `usesTools`. */
  tools?: readonly Tool[]
}

/** `content_filter`: the model or a guardrail withheld a part. `tool_use`: the answer goes on after the tools' results. */
export type StopReason = 'end' | 'max_tokens' | 'content_filter' | 'tool_use' | 'aborted'

export interface ModelUsage {
  /** All of them, those read from and written to a cache included. */
  inputTokens: number
  outputTokens: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  /** What the call costs by list price, in USD; left out where no price is known. */
  costUsd?: number
  estimated: boolean
}

export type ConverseEvent =
  | { type: 'text'; text: string }
  | ({ type: 'toolUse' } & ToolUse)
  | ({ type: 'usage' } & ModelUsage)
  | { type: 'stop'; reason: StopReason }

/**
 * One model that answers. Events: any number of `text` and `toolUse`, then exactly one `usage`, then exactly one
 * `stop`, and the end. An abort stops the upstream call and still ends with `usage` (marked as estimated) and
 * `stop: aborted`. Nothing is tried again once an event was given.
 * @throws KassError model_throttled (with its delay), model_unavailable, model_timeout, model_refused, model_failed
 */
export interface ChatModel {
  readonly id: string
  /** False when answers are put together from quotations and no language model wrote them. */
  readonly generates: boolean
  /** False when a request with tools is refused. */
  readonly usesTools: boolean
  /** Tokens that request and answer may have together. */
  readonly contextTokens: number
  converse(request: ConverseRequest, signal: AbortSignal): AsyncIterable<ConverseEvent>
}

/**
 * For adapters of models without tools.
 * @throws KassError model_refused when the request has any
 */
export function refuseTools(model: string, request: ConverseRequest): void {
  if (request.tools === undefined || request.tools.length === 0) return
  throw new KassError('model_refused', { detail: `The model "${model}" cannot use tools.` })
}
