import type { Prices } from './catalogue.ts'
import type { Model } from './model-id.ts'

export interface PricedUsage {
  /** All input tokens, those of the cache included. */
  inputTokens: number
  outputTokens: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  /** Of a reranker, whose queries have a price. */
  queries?: number
}

/** What a call costs by list price, in USD; undefined when no price is known. */
export function costUsd(model: Pick<Model, 'entry' | 'geography'>, usage: PricedUsage): number | undefined {
  const { prices } = model.entry
  if (prices === undefined) return undefined
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, queries = 0 } = usage
  const { longPrompt } = prices
  const listed: Prices = longPrompt !== undefined && inputTokens > longPrompt.above ? longPrompt : prices
  const { input, output, cacheRead = input, cacheWrite = input } = listed
  const fresh = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens)
  const tokens = fresh * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite
  // A call without a profile stays in one region, and costs what its geography costs.
  const factor = model.geography === 'global' ? 1 : prices.regionalFactor
  const usd = (tokens / 1e6) * factor + (queries / 1000) * (prices.perThousandQueries ?? 0)
  return Math.round(usd * 1e9) / 1e9
}
