import { type ErrorCode, isKassError } from '../errors.ts'
import { followSignal } from '../follow-signal.ts'
import type { Logger } from '../logger.ts'
import type { Reranker } from '../ports/reranker.ts'
import type { RetrievedPassage } from './types.ts'

export interface RerankOptions {
  reranker: Reranker
  /** How many of the best passages are reranked. */
  depth: number
  /** After so long the fused order stands, in milliseconds. */
  timeoutMs: number
}

export interface Reranked {
  passages: RetrievedPassage[]
  /** Why they are still in the order that they came in. */
  failure?: ErrorCode
}

/**
 * Passages in the reranker's order, with its scores; or as they came when it fails, is throttled or takes too long,
 * since a search that is not reranked is better than none.
 * @throws the signal's reason when it fires
 */
export async function rerank(
  { reranker, timeoutMs }: RerankOptions,
  query: string,
  passages: RetrievedPassage[],
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<Reranked> {
  if (passages.length < 2) return { passages }
  const end = new AbortController()
  const unfollow = followSignal(end, signal)
  let late = false
  const timer = setTimeout(() => {
    late = true
    end.abort()
  }, timeoutMs)
  const begun = performance.now()
  try {
    const ranking = await reranker.rerank(query, passages.map(readable), end.signal)
    return {
      passages: ranking.flatMap(({ index, score }) => {
        const passage = passages[index]
        return passage === undefined ? [] : [{ ...passage, score }]
      }),
    }
  } catch (error) {
    signal.throwIfAborted()
    const failure = late ? 'model_timeout' : isKassError(error) ? error.code : undefined
    if (failure === undefined) throw error
    const latency = Math.round(performance.now() - begun)
    logger.warn({ code: failure, model: reranker.id, reranked: false, latency }, 'passages could not be reranked')
    return { passages, failure }
  } finally {
    clearTimeout(timer)
    unfollow()
  }
}

/** A passage as a reader would see it: its place says what a row or a sentence alone does not. */
function readable({ title, section, text }: RetrievedPassage): string {
  return `${[title, ...section].join(' / ')}\n${text}`
}
