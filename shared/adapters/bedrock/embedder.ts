import { isKassError } from '../../errors.ts'
import type { Embedder, EmbeddingPurpose } from '../../ports/embedder.ts'
import { createGate } from '../gate.ts'
import { invokeModel } from './call.ts'
import { defaults } from './catalogue.ts'
import type { Bedrock } from './client.ts'
import { costUsd } from './cost.ts'
import { embeddingFormat, fitted, readVectors, shortened } from './embedding-format.ts'
import { resolveModel } from './model-id.ts'

export interface BedrockEmbedderOptions {
  bedrock: Bedrock
  /** An id, an inference profile or an ARN; the catalogue's default when empty. */
  model: string
  dimensions: number
  /** Requests under way at once. */
  concurrency: number
  /** Told what whoever runs this should know about the model. */
  warn(message: string): void
}

/** How often a text that the model finds too long is cut in half. */
const mostHalvings = 4
const tooLong = /too many input tokens|maxLength|input is too long/i

/**
 * Vectors by InvokeModel: Titan one text a request, Cohere up to 96. Questions go before documents that wait.
 * @throws Error when the model cannot give vectors of these dimensions
 */
export function createBedrockEmbedder(options: BedrockEmbedderOptions): Embedder {
  const { bedrock, dimensions, warn } = options
  const model = resolveModel(options.model || defaults.embed, bedrock.region, 'embed')
  for (const warning of model.warnings) warn(warning)
  const { embedding } = model.entry
  if (embedding === undefined) throw new Error(`BEDROCK_EMBEDDING_MODEL: "${model.name}" is no embedding model.`)
  const sizes = embedding.dimensions
  if (sizes.length > 0 && !sizes.includes(dimensions)) {
    throw new Error(
      `BEDROCK_EMBEDDING_DIMENSIONS=${dimensions}: "${model.name}" gives vectors of ${sizes.join(', ')} dimensions.`,
    )
  }
  const format = embeddingFormat(embedding.format, dimensions)
  const gate = createGate(options.concurrency)

  const embedBatch = async (texts: readonly string[], purpose: EmbeddingPurpose, signal: AbortSignal) => {
    const leave = await gate.enter({ urgent: purpose === 'query', signal })
    try {
      let batch = texts.map((text) => fitted(text, embedding))
      for (let halvings = 0; ; halvings++) {
        try {
          const answer = await invokeModel(bedrock, model, format.body(batch, purpose), signal)
          return readVectors(format.vectors(answer), batch.length, dimensions)
        } catch (error) {
          // Only the model itself can count its tokens.
          const cut = isKassError(error, 'model_refused') && tooLong.test(error.message) && halvings < mostHalvings
          if (!cut) throw error
          const longest = Math.max(...batch.map((text) => text.length))
          batch = batch.map((text) => shortened(text, Math.ceil(longest / 2)))
        }
      }
    } finally {
      leave()
    }
  }

  return {
    id: `bedrock:${model.name}:${dimensions}`,
    costUsd: (tokens) => costUsd(model, { inputTokens: tokens, outputTokens: 0 }),
    async embed(texts, purpose, signal) {
      signal.throwIfAborted()
      const failure = new AbortController()
      const either = AbortSignal.any([signal, failure.signal])
      const batches: Promise<Float32Array[]>[] = []
      for (let at = 0; at < texts.length; at += format.batch) {
        batches.push(embedBatch(texts.slice(at, at + format.batch), purpose, either))
      }
      try {
        return (await Promise.all(batches)).flat()
      } catch (error) {
        // The other requests of a failed call would only cost money.
        failure.abort()
        await Promise.allSettled(batches)
        throw error
      }
    },
  }
}
