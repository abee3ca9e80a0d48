import { join } from 'node:path'
import { createExtractive } from './adapters/extractive/chat.ts'
import { createFilesystemDerived } from './adapters/filesystem/derived.ts'
import { createFilesystemObjects } from './adapters/filesystem/objects.ts'
import { createMemoryIndex } from './adapters/memory-index/index.ts'
import { createDocumentStore } from './adapters/record-store.ts'
import { createSqliteAccess } from './adapters/sqlite/access.ts'
import { createSqliteCache } from './adapters/sqlite/cache.ts'
import { createSqliteConversations } from './adapters/sqlite/conversations.ts'
import { createSqliteQueue } from './adapters/sqlite/queue.ts'
import { createSqliteRecords } from './adapters/sqlite/records.ts'
import { recoverEmbedded as recoverFolder } from './adapters/sqlite/recover.ts'
import { openStateDatabase } from './adapters/sqlite/state.ts'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import type { Ports } from './ports/ports.ts'

export interface Wired {
  ports: Ports
  /** Gives back what the adapters hold; nothing may use the ports any more. */
  close(): Promise<void>
}

export interface WireOptions {
  logger: Logger
  /** Who will use the ports: the API answers people, so it leaves slow work on the disk to others. */
  role: 'service' | 'worker' | 'tool'
  clock?: () => number
}

/**
 * Configuration to ports: the only place that chooses adapters.
 * @throws NewerSchema when the data folder was written by a newer release
 */
export async function wire(config: Config, options: WireOptions): Promise<Wired> {
  const { logger, role, clock = Date.now } = options
  const db = openStateDatabase(join(config.KASS_DATA, 'kass.db'), { leaveCheckpoints: role === 'service' })
  const queue = createSqliteQueue(db, {
    // The lease ends first, so a message that comes back finds the document free.
    visibilityMs: 2 * config.LEASE_MS,
    maxReceives: config.QUEUE_MAX_RECEIVES,
    clock,
    onError: (error, job) => logger.error({ err: error, job: job?.kind }, 'a job failed'),
  })
  const objectsFolder = join(config.KASS_DATA, 'objects')
  const index = createMemoryIndex({
    file: join(config.KASS_DATA, 'index.db'),
    language: config.SEARCH_LANGUAGE,
    leaveCheckpoints: role === 'service',
    onFault: (error) => logger.error({ err: error }, 'the index thread ended; it is started again'),
  })
  const chat = await chatModel(config)
  const embedder = config.EMBEDDER === 'none' ? undefined : await embedderOf(config)
  const ports: Ports = {
    documents: createDocumentStore(createSqliteRecords(db), { clock }),
    conversations: createSqliteConversations(db),
    objects: createFilesystemObjects({
      folder: objectsFolder,
      db,
      queue,
      keepRevisions: config.OBJECT_REVISIONS,
      clock,
    }),
    derived: createFilesystemDerived({ folder: join(config.KASS_DATA, 'derived') }),
    index,
    queue,
    cache: createSqliteCache(db, { clock }),
    access: createSqliteAccess(db),
    chat: chat.model,
    ...(embedder && { embedder }),
  }
  return {
    ports,
    async close() {
      await Promise.all([index.close(), chat.close(), embedder?.close()])
      db.close()
    },
  }
}

/**
 * For the supervisor, while it knows that no worker runs: claims, leases and handed-out messages of the run before end
 * now, so that nobody waits for them.
 */
export function recoverEmbedded(config: Config): void {
  recoverFolder(config)
}

// What speaks to models over HTTP is loaded when it is configured: it costs 20 MB and 40 ms in each process.

async function chatModel(config: Config) {
  if (config.CHAT_MODEL === 'extractive') {
    return { model: createExtractive({ language: config.SEARCH_LANGUAGE }), close: async () => {} }
  }
  const { createOpenAiChat } = await import('./adapters/openai-compatible/chat.ts')
  const model = createOpenAiChat({
    url: config.OPENAI_URL,
    apiKey: config.OPENAI_API_KEY,
    model: config.OPENAI_CHAT_MODEL,
    contextTokens: config.OPENAI_CONTEXT_TOKENS,
    timeoutMs: config.MODEL_TIMEOUT_MS,
  })
  return { model, close: () => model.close() }
}

async function embedderOf(config: Config) {
  const { createOpenAiEmbedder } = await import('./adapters/openai-compatible/embedder.ts')
  return createOpenAiEmbedder({
    url: config.OPENAI_EMBEDDINGS_URL || config.OPENAI_URL,
    apiKey: config.OPENAI_API_KEY,
    model: config.OPENAI_EMBEDDING_MODEL,
    dimensions: config.OPENAI_EMBEDDING_DIMENSIONS,
    batch: config.OPENAI_EMBEDDING_BATCH,
    concurrency: config.MODEL_CONCURRENCY,
    timeoutMs: config.MODEL_TIMEOUT_MS,
  })
}
