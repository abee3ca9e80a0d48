import type { SearchIndex } from '../../ports/search-index.ts'
import { createAnalyzer, type SearchLanguage } from '../../text/analyze.ts'
import { createIndexReader } from './reader.ts'
import { openIndexFile } from './schema.ts'
import { createSearchThread } from './thread-client.ts'
import { type VectorOptions, vectorDefaults } from './vectors.ts'
import { createIndexWriter } from './writer.ts'

export interface MemoryIndexOptions {
  /** The SQLite file that holds the truth; several processes may have it open. */
  file: string
  language: SearchLanguage
  /** Leaves checkpoints of the write-ahead log to other processes. */
  leaveCheckpoints?: boolean
  /** Searches that may wait for their turn. */
  maxWaiting?: number
  /** Told when the search thread died; it is started again by itself. */
  onFault?(error: Error): void
  vectors?: Partial<VectorOptions>
}

/**
 * A search index that lies in one SQLite file and is searched in the memory of a thread of its own: exact BM25, and
 * vectors by cosine. Every verb but `search` and `ready` works on the file, in this process; the thread is started by
 * those two. It reads what any process has committed before it answers, so nothing is ever invisible (`visibilityMs` 0).
 */
export function createMemoryIndex(options: MemoryIndexOptions): SearchIndex & { close(): Promise<void> } {
  const { file, language, leaveCheckpoints, maxWaiting = 256, onFault = () => undefined } = options
  const db = openIndexFile(file, { leaveCheckpoints })
  const settings = { file, language, vectors: { ...vectorDefaults, ...options.vectors } }
  const thread = createSearchThread({ settings, maxWaiting, onFault })
  return {
    visibilityMs: 0,
    ...createIndexWriter(db, createAnalyzer(language)),
    ...createIndexReader(db),
    search: thread.search,
    ready: thread.ready,
    async close() {
      await thread.close()
      db.close()
    },
  }
}
