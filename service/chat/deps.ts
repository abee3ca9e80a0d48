import type { Config } from '../../shared/config.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Retriever } from '../../shared/retrieval/types.ts'
import type { Meter } from '../../shared/telemetry/meter.ts'
import { noteStage } from '../../shared/telemetry/scope.ts'
import type { Principal } from '../principal.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { Made } from './made.ts'
import type { ChatRequest, Route } from './types.ts'

export interface ChatOptions {
  ports: Pick<Ports, 'documents' | 'conversations' | 'derived' | 'cache' | 'chat' | 'fast' | 'embedder'>
  retriever: Retriever
  config: Pick<Config, 'MEMORY_TOKENS' | 'ANSWER_TOKENS' | 'CACHE_TTL_MS'>
  logger: Logger
  /** Nothing is measured when left out. */
  meter?: Meter
  /** Milliseconds since 1970. */
  clock?: () => number
  /** Unique over all tenants. */
  newId?: () => string
}

export interface ChatDeps extends Required<ChatOptions> {
  answers: AnswerCache
  /** Does something soon, off the path of the answer; `name` tells what must wait for it. */
  later(name: string, work: () => Promise<void>): void
}

/** What is known of a turn while it runs. */
export interface Turn {
  caller: Principal
  request: ChatRequest
  conversationId: string
  messageId: string
  questionId: string
  route: Route
  signal: AbortSignal
  /** Resolves when the question is in the store: no model is called before. */
  stored: Promise<void>
  /** How long each step took, in milliseconds. */
  stages: Record<string, number>
  /** What was said so far, once a model was called for the answer. */
  soFar?: () => Made
}

/** Waits for a step and notes how long it took. */
export async function timed<T>(turn: Turn, stage: string, work: Promise<T>): Promise<T> {
  const begun = performance.now()
  try {
    return await work
  } finally {
    const ms = performance.now() - begun
    turn.stages[stage] = Math.round(ms * 100) / 100
    noteStage(stage, ms)
  }
}
