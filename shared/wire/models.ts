import { createExtractive } from '../adapters/extractive/chat.ts'
import type { Config } from '../config.ts'
import type { Ports } from '../ports/ports.ts'
import { measuredModels } from './measured.ts'
import type { WiredPart, WireOptions } from './types.ts'

type Models = WiredPart<'chat' | 'fast' | 'embedder' | 'reranker'>

/** The models that answer, make vectors and rerank. */
export async function wireModels(config: Config, options: WireOptions): Promise<Models> {
  const [bedrock, openAi] = [await bedrockModels(config, options), await openAiModels(config)]
  const made = { chat: createExtractive({ language: config.SEARCH_LANGUAGE }), ...openAi.ports, ...bedrock.ports }
  const ports = measuredModels(made, config, options)
  return {
    ports,
    async close() {
      await Promise.all([openAi.close(), bedrock.close()])
    },
  }
}

interface Some {
  ports: Partial<Pick<Ports, 'chat' | 'fast' | 'embedder' | 'reranker'>>
  close(): Promise<void>
}

async function bedrockModels(config: Config, { logger }: WireOptions): Promise<Some> {
  const used = [config.CHAT_MODEL, config.EMBEDDER, config.RERANKER].includes('bedrock')
  if (!used) return { ports: {}, close: async () => {} }
  const { wireBedrock } = await import('./bedrock.ts')
  return wireBedrock(config, logger)
}

async function openAiModels(config: Config): Promise<Some> {
  const ports: Some['ports'] = {}
  const closing: (() => Promise<void>)[] = []
  if (config.CHAT_MODEL === 'openai-compatible') {
    const { createOpenAiChat } = await import('../adapters/openai-compatible/chat.ts')
    const chat = createOpenAiChat({
      url: config.OPENAI_URL,
      apiKey: config.OPENAI_API_KEY,
      model: config.OPENAI_CHAT_MODEL,
      contextTokens: config.OPENAI_CONTEXT_TOKENS,
      timeoutMs: config.MODEL_TIMEOUT_MS,
    })
    ports.chat = chat
    closing.push(() => chat.close())
  }
  if (config.EMBEDDER === 'openai-compatible') {
    const { createOpenAiEmbedder } = await import('../adapters/openai-compatible/embedder.ts')
    const embedder = createOpenAiEmbedder({
      url: config.OPENAI_EMBEDDINGS_URL || config.OPENAI_URL,
      apiKey: config.OPENAI_API_KEY,
      model: config.OPENAI_EMBEDDING_MODEL,
      dimensions: config.OPENAI_EMBEDDING_DIMENSIONS,
      batch: config.OPENAI_EMBEDDING_BATCH,
      concurrency: config.MODEL_CONCURRENCY,
      timeoutMs: config.MODEL_TIMEOUT_MS,
    })
    ports.embedder = embedder
    closing.push(() => embedder.close())
  }
  return {
    ports,
    async close() {
      await Promise.all(closing.map((end) => end()))
    },
  }
}
