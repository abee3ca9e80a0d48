import type { Chunk, Metadata } from '../documents/document.ts'
import type { Page } from './document-store.ts'

/** What all chunks of one attempt have in common; everything here can be filtered by. */
export interface AttemptInfo {
  attempt: string
  tenant: string
  documentId: string
  path: string
  title: string
  contentType: string
  groups: readonly string[]
  tags: readonly string[]
  metadata: Metadata
  /** The embedder that made the vectors; `none` when there are none. */
  embedder: string
}

export interface IndexedChunk extends Chunk {
  vector?: Float32Array
}

export interface SearchFilters {
  document_ids?: readonly string[]
  /** Documents whose path begins with this. */
  path?: string
  /** Content types, for example `text/csv`. */
  types?: readonly string[]
  /** All of these. */
  tags?: readonly string[]
  /** Each key has exactly this value, or one of these. */
  metadata?: Readonly<Record<string, Metadata[string] | readonly Metadata[string][]>>
}

export interface IndexQuery {
  tenant: string
  /** The caller's groups; undefined admits every group of the tenant. Documents without groups are for everyone. */
  groups: readonly string[] | undefined
  filters?: SearchFilters
  text?: string
  /** Compared only with vectors of the same embedder. */
  vector?: { embedder: string; values: Float32Array }
  /** How many hits each of the two queries gives at most. */
  depth: number
}

export interface IndexHit {
  /** `<attempt>:<ordinal>`. */
  key: string
  documentId: string
  attempt: string
  /** BM25, or cosine similarity. */
  score: number
}

/** A passage as it was indexed. */
export interface Passage extends Chunk {
  key: string
  documentId: string
  attempt: string
  path: string
  title: string
  contentType: string
  tags: readonly string[]
  metadata: Metadata
}

/**
 * Text and vectors of all attempts. It may lag and may hold what no record names: whoever asks checks its hits against
 * the document store. `put` and `remove` are idempotent.
 */
export interface SearchIndex {
  /** After at most this time what was put is found and what was removed is not. */
  readonly visibilityMs: number
  /** Set where BM25 counts words in the documents of other tenants too: its scores are nobody's to see then. */
  readonly sharesStatistics?: true
  put(info: AttemptInfo, chunks: readonly IndexedChunk[]): Promise<void>
  /** Removes all chunks of an attempt. */
  remove(attempt: string): Promise<void>
  /** How many chunks of an attempt can be found. */
  count(attempt: string): Promise<number>
  /** Every attempt that has a chunk. */
  attempts(): AsyncIterable<{ attempt: string; tenant: string; documentId: string; chunks: number }>
  /** Filters hold inside both queries, so a full page comes back. Best first; equal scores by key. */
  search(query: IndexQuery, signal?: AbortSignal): Promise<{ text: IndexHit[]; vector: IndexHit[] }>
  /** Keys that are gone are left out. */
  passages(keys: readonly string[]): Promise<Map<string, Passage>>
  /**
   * The chunks of one attempt in their order. With `groups`: none when the attempt was not made for one of them. Its
   * document may be for more people since, but not what it was when it was processed.
   */
  chunks(
    attempt: string,
    page: { cursor?: string; limit: number; groups?: readonly string[] | undefined },
  ): Promise<Page<Passage>>
  /** The vectors that an attempt has of an embedder, by `embeddingKey` of their passages. */
  vectors(attempt: string, embedder: string): Promise<Map<string, Float32Array>>
  /** Resolves when queries can be answered. */
  ready(): Promise<void>
}
