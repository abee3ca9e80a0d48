import type { AccessStore } from './access-store.ts'
import type { Cache } from './cache.ts'
import type { ChatModel } from './chat-model.ts'
import type { ConversationStore } from './conversation-store.ts'
import type { DocumentStore } from './document-store.ts'
import type { Embedder } from './embedder.ts'
import type { JobQueue } from './job-queue.ts'
import type { DerivedStore, ObjectStore } from './object-store.ts'
import type { Reranker } from './reranker.ts'
import type { Room } from './room.ts'
import type { SearchIndex } from './search-index.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Everything that the API and the worker stand on. */
export interface Ports {
  documents: DocumentStore
  conversations: ConversationStore
  objects: ObjectStore
  derived: DerivedStore
  index: SearchIndex
  queue: JobQueue
  cache: Cache
  access: AccessStore
  /** Absent unless AUTH=oidc, and in the worker. */
  tokens?: TokenVerifier
  chat: ChatModel
  /** A quicker model for small steps, such as rewriting a question; `chat` does them when there is none. */
  fast?: ChatModel
  /** Absent when EMBEDDER=none. */
  embedder?: Embedder
  /** Absent when RERANKER=none: the order of the fused search stands. */
  reranker?: Reranker
  /** Absent where the storage has no end. */
  room?: Room
}
