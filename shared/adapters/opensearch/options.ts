import type { Logger } from '../../logger.ts'
import type { SearchLanguage } from '../../text/analyze.ts'

/** Two services that speak nearly the same language: a domain (or a node of one's own), and a serverless collection. */
export type Dialect = 'domain' | 'serverless'
/** `provider`: none is named, so the service takes its own. */
export type Engine = 'lucene' | 'faiss' | 'provider'
export type Space = 'cosinesimil' | 'innerproduct'

export interface OpenSearchOptions {
  url: string
  dialect: Dialect
  /** `sigv4` signs with the default credential chain. */
  auth: 'sigv4' | 'basic' | 'none'
  /** For `basic`. */
  username?: string
  password?: string
  /** For `sigv4`. */
  region?: string
  index: string
  language: SearchLanguage
  engine: Engine
  space: Space
  /** Of a new index; a collection chooses them itself. */
  shards: number
  replicas: number
  /** Dimensions that a new index is made for at once; others follow when they are first written. */
  dimensions: readonly number[]
  /** After this time what was written is found; 0: what the dialect promises. */
  visibilityMs: number
  /** Longest time for one call, its retries included. */
  timeoutMs: number
  /** The same for the first answers of a collection that may have been scaled to zero. */
  coldTimeoutMs: number
  /** Tries of one call; nothing is tried again after its time is up. */
  maxAttempts: number
  /** Calls under way at once; `queue` more may wait. */
  concurrency: number
  queue: number
  breakerFailures: number
  breakerOpenMs: number
  /** Size of one bulk request, and how many are under way at once. */
  bulkBytes: number
  bulkConcurrency: number
  logger: Logger
}

/** A domain makes new segments each second; twice that, since making one takes its time. */
const domainVisibilityMs = 2_000
/** What the guide of OpenSearch Serverless names for collections of vectors. */
const serverlessVisibilityMs = 60_000

/** After how long what was written is found, and what was removed is not. */
export function visibilityOf({ dialect, visibilityMs }: Pick<OpenSearchOptions, 'dialect' | 'visibilityMs'>): number {
  if (visibilityMs > 0) return visibilityMs
  return dialect === 'domain' ? domainVisibilityMs : serverlessVisibilityMs
}
