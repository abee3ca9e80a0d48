import { isKassError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { Reranker } from '../ports/reranker.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { LabelValue } from '../telemetry/metrics.ts'
import { inSpan, type SpanAttributes } from '../telemetry/scope.ts'
import { countTokens } from '../text/tokens.ts'

type Operation = LabelValue<'operation'>

/** What measures the calls of one model. */
export interface Measuring {
  meter: Meter
  logger: Logger
  provider: Provider
}

/** Who runs a model, as OpenTelemetry names it, by the setting that chose it. */
export const providers = {
  extractive: 'kass',
  'openai-compatible': 'openai',
  bedrock: 'aws.bedrock',
  none: 'kass',
} as const
export type Provider = (typeof providers)[keyof typeof providers]

export function modelAttributes(model: string, operation: Operation, provider: Provider): SpanAttributes {
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
  }
}

const outcomes: Readonly<Record<string, LabelValue<'call_outcome'>>> = {
  model_throttled: 'throttled',
  model_unavailable: 'unavailable',
  model_timeout: 'timeout',
  model_refused: 'refused',
}

export function outcomeOf(error: unknown, signal: AbortSignal): LabelValue<'call_outcome'> {
  if (signal.aborted) return 'left'
  return (isKassError(error) ? outcomes[error.code] : undefined) ?? 'failed'
}

/** What every call tells when it has ended. */
export function callEnded(
  meter: Meter,
  model: string,
  operation: Operation,
  begun: number,
  call_outcome: LabelValue<'call_outcome'>,
) {
  meter.count('kass.model.calls', { model, operation, call_outcome })
  meter.record('gen_ai.client.operation.duration', { model, operation }, (performance.now() - begun) / 1000)
  if (call_outcome === 'throttled') meter.count('kass.model.throttles', { model, operation })
}

/** Runs one call of a model without a stream: measured, a span, and one line in the log. */
async function call<T>(
  {
    model,
    operation,
    purpose,
    meter,
    logger,
    provider,
    signal,
  }: {
    model: string
    operation: 'embeddings' | 'rerank'
    purpose: string
    signal: AbortSignal
  } & Measuring,
  usage: () => { inputTokens: number; costUsd: number | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now()
  let outcome: LabelValue<'call_outcome'> = 'ok'
  const { inputTokens, costUsd } = usage()
  try {
    return await inSpan(
      `${operation} ${model}`,
      { kind: 'client', attributes: modelAttributes(model, operation, provider) },
      (span) => {
        span?.set({ 'gen_ai.usage.input_tokens': inputTokens, 'kass.cost_usd': costUsd })
        return work()
      },
    )
  } catch (error) {
    outcome = outcomeOf(error, signal)
    throw error
  } finally {
    callEnded(meter, model, operation, begun, outcome)
    if (outcome === 'ok') {
      meter.count('kass.model.tokens', { model, operation, tokens: 'input' }, inputTokens)
      if (costUsd !== undefined && costUsd > 0) meter.count('kass.model.cost', { model, operation }, costUsd)
    }
    const latency = Math.round((performance.now() - begun) * 10) / 10
    const figures = { inputTokens, outputTokens: 0, estimated: true, costUsd }
    logger.info({ model, purpose, outcome, ...figures, latency }, 'model call')
  }
}

/** Embedders do not say what they read: their tokens are estimated. */
export function measuredEmbedder(embedder: Embedder, measuring: Measuring): Embedder {
  return {
    ...embedder,
    // An id may be a getter.
    id: embedder.id,
    embed(texts, purpose, signal) {
      const about = { model: embedder.id, operation: 'embeddings', purpose, ...measuring, signal } as const
      const usage = () => {
        const inputTokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
        return { inputTokens, costUsd: embedder.costUsd?.(inputTokens) }
      }
      return call(about, usage, () => embedder.embed(texts, purpose, signal))
    },
  }
}

export function measuredReranker(reranker: Reranker, measuring: Measuring): Reranker {
  return {
    ...reranker,
    id: reranker.id,
    rerank(query, passages, signal) {
      const about = { model: reranker.id, operation: 'rerank', purpose: 'rerank', ...measuring, signal } as const
      const usage = () => {
        const inputTokens = passages.reduce((sum, text) => sum + countTokens(text), countTokens(query))
        return { inputTokens, costUsd: reranker.costUsd?.() }
      }
      return call(about, usage, () => reranker.rerank(query, passages, signal))
    },
  }
}
