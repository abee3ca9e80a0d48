import { createBedrockChat } from '../adapters/bedrock/chat.ts'
import { createBedrock } from '../adapters/bedrock/client.ts'
import { createBedrockEmbedder } from '../adapters/bedrock/embedder.ts'
import { createBedrockReranker } from '../adapters/bedrock/reranker.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Ports } from '../ports/ports.ts'
import { awsOptions } from './aws-options.ts'

/** What runs on Bedrock in this configuration. */
export function wireBedrock(config: Config, logger: Logger) {
  const bedrock = createBedrock({ ...awsOptions(config, 'BEDROCK_RUNTIME'), timeoutMs: config.MODEL_TIMEOUT_MS })
  const warn = (message: string) => logger.warn(message)
  const ports: Partial<Pick<Ports, 'chat' | 'fast' | 'embedder' | 'reranker'>> = {}
  if (config.CHAT_MODEL === 'bedrock') {
    const guardrail =
      config.BEDROCK_GUARDRAIL_ID === ''
        ? {}
        : { guardrail: { id: config.BEDROCK_GUARDRAIL_ID, version: config.BEDROCK_GUARDRAIL_VERSION } }
    ports.chat = createBedrockChat({ bedrock, warn, role: 'strong', model: config.BEDROCK_STRONG_MODEL, ...guardrail })
    ports.fast = createBedrockChat({ bedrock, warn, role: 'fast', model: config.BEDROCK_FAST_MODEL, ...guardrail })
  }
  if (config.EMBEDDER === 'bedrock') {
    ports.embedder = createBedrockEmbedder({
      bedrock,
      warn,
      model: config.BEDROCK_EMBEDDING_MODEL,
      dimensions: config.BEDROCK_EMBEDDING_DIMENSIONS,
      concurrency: config.MODEL_CONCURRENCY,
    })
  }
  if (config.RERANKER === 'bedrock') {
    ports.reranker = createBedrockReranker({ bedrock, warn, model: config.BEDROCK_RERANK_MODEL })
  }
  return { ports, close: async () => bedrock.close() }
}
