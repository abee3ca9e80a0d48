export type EmbeddingPurpose = 'document' | 'query'

/**
 * Turns texts into vectors of length one. Order is kept; the same text gives the same vector; concurrency is bounded.
 * @throws KassError model_throttled (with its delay), model_unavailable, model_timeout, model_refused
 */
export interface Embedder {
  /** Names model and dimensions: vectors of different ids are never compared. */
  readonly id: string
  /** What so many tokens cost by list price, in USD; left out, or undefined, where no price is known. */
  costUsd?(tokens: number): number | undefined
  embed(texts: readonly string[], purpose: EmbeddingPurpose, signal: AbortSignal): Promise<Float32Array[]>
}
