import type { Config } from '../config.ts'
import type { Ports } from '../ports/ports.ts'
import { silentTelemetry } from '../telemetry/telemetry.ts'
import { measuredEmbedder, measuredReranker, providers } from './measured-call.ts'
import { measuredChat } from './measured-chat.ts'
import type { WireOptions } from './types.ts'

type Models = Pick<Ports, 'chat' | 'fast' | 'embedder' | 'reranker'>

/** Models whose calls are measured, traced and logged, whoever makes them. */
export function measuredModels(
  models: Models,
  config: Config,
  { logger, telemetry = silentTelemetry }: WireOptions,
): Models {
  const { meter } = telemetry
  const { chat, fast, embedder, reranker } = models
  const told = { ...models }
  // A chat is logged by who knows its purpose; without telemetry nothing must stand in the way of each of its words.
  if (telemetry !== silentTelemetry) {
    const measuring = { meter, provider: providers[config.CHAT_MODEL] }
    told.chat = measuredChat(chat, measuring)
    if (fast) told.fast = measuredChat(fast, measuring)
  }
  if (embedder) told.embedder = measuredEmbedder(embedder, { meter, logger, provider: providers[config.EMBEDDER] })
  if (reranker) told.reranker = measuredReranker(reranker, { meter, logger, provider: providers[config.RERANKER] })
  return told
}
