import { KassError } from '../../errors.ts'
import type { RankedPassage, Reranker } from '../../ports/reranker.ts'
import { field } from '../wire-values.ts'
import { invokeModel } from './call.ts'
import { defaults } from './catalogue.ts'
import type { Bedrock } from './client.ts'
import { costUsd } from './cost.ts'
import { fitted } from './embedding-format.ts'
import { resolveModel } from './model-id.ts'

export interface BedrockRerankerOptions {
  bedrock: Bedrock
  /** An id or an ARN; the catalogue's default when empty. */
  model: string
  /** Told what whoever runs this should know about the model. */
  warn(message: string): void
}

/** Share of the model's room that a query may take. */
const queryShare = 0.25

/**
 * Reranking by InvokeModel.
 * @throws Error when the model is none that reranks
 */
export function createBedrockReranker({ bedrock, model: id, warn }: BedrockRerankerOptions): Reranker {
  const model = resolveModel(id || defaults.rerank, bedrock.region, 'rerank')
  for (const warning of model.warnings) warn(warning)
  const { rerank } = model.entry
  if (rerank === undefined) throw new Error(`BEDROCK_RERANK_MODEL: "${model.name}" does not rerank.`)
  const room = (share: number) => {
    const maxTokens = Math.floor(rerank.maxTokens * share)
    return { maxTokens, maxChars: maxTokens * 4 }
  }

  return {
    id: `bedrock:${model.name}`,
    costUsd: () => costUsd(model, { inputTokens: 0, outputTokens: 0, queries: 1 }),
    async rerank(query, passages, signal) {
      signal.throwIfAborted()
      if (passages.length === 0) return []
      if (passages.length > rerank.maxPassages) {
        throw new KassError('model_refused', { detail: `More than ${rerank.maxPassages} passages cannot be reranked.` })
      }
      const body = {
        ...(rerank.format === 'cohere' && { api_version: 2 }),
        query: fitted(query, room(queryShare)),
        documents: passages.map((passage) => fitted(passage, room(1 - queryShare))),
        top_n: passages.length,
      }
      return readRanking(await invokeModel(bedrock, model, body, signal), passages.length)
    },
  }
}

function readRanking(answer: unknown, count: number): RankedPassage[] {
  const results = field(answer, 'results')
  if (!Array.isArray(results) || results.length !== count) throw failed(`${count} passages were given, and not ranked`)
  const seen = new Set<number>()
  const ranking = results.map((entry: unknown): RankedPassage => {
    const index = field(entry, 'index')
    const score = field(entry, 'relevance_score')
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count || seen.has(index)) {
      throw failed('a result has no place of its own')
    }
    if (typeof score !== 'number' || !Number.isFinite(score)) throw failed('a result has no score')
    seen.add(index)
    return { index, score: Math.min(1, Math.max(0, score)) }
  })
  return ranking.sort((a, b) => b.score - a.score || a.index - b.index)
}

function failed(what: string): KassError {
  return new KassError('model_failed', { detail: `The ranking cannot be used: ${what}.` })
}
