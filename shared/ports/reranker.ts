export interface RankedPassage {
  /** Where the passage stood in the request. */
  index: number
  /** How well it answers the query, 0 to 1. */
  score: number
}

/**
 * Reads passages against a query, which tells better than words or vectors whether one answers it.
 * @throws KassError model_throttled (with its delay), model_unavailable, model_timeout, model_refused, model_failed
 */
export interface Reranker {
  readonly id: string
  /** What one query costs by list price, in USD; left out, or undefined, where no price is known. */
  costUsd?(): number | undefined
  /** Every passage exactly once, best first; equal scores in the order of the request. */
  rerank(query: string, passages: readonly string[], signal: AbortSignal): Promise<RankedPassage[]>
}
