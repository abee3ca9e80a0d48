import type { Passage, SearchFilters } from '../ports/search-index.ts'

export type SearchMode = 'hybrid' | 'text' | 'vector'

/** On whose behalf is searched; `groups: undefined` admits every group of the tenant. */
export interface Reader {
  tenant: string
  groups: readonly string[] | undefined
}

export interface RetrievalQuery {
  query: string
  limit: number
  filters?: SearchFilters
  mode: SearchMode
}

/** A passage that the record admits for this reader, now. */
export interface RetrievedPassage extends Passage {
  /** Of the reranker, or of the fusion where none had a part in it; 0 to 1. */
  score: number
  /** BM25 and cosine similarity; empty for readers of some groups only, whom they could tell of hidden documents. */
  scores: { text?: number; vector?: number }
  /** The life of the document that it belongs to. */
  incarnation: number
}

export interface Retrieved {
  /** Best first; equal passages once. */
  hits: RetrievedPassage[]
  /** What was really searched. */
  mode: SearchMode
  /** Why `mode` or the order is not what was asked for. */
  notice?: string
  /** Whether a reranker made the order; left out where none is configured. */
  reranked?: boolean
}

export interface Retriever {
  /** @throws KassError embedder_not_configured for `vector` without an embedder; what embedder and index throw */
  search(reader: Reader, query: RetrievalQuery, signal: AbortSignal): Promise<Retrieved>
}
