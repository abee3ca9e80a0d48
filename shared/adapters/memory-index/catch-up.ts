import { DatabaseSync } from 'node:sqlite'
import type { AttemptInfo } from '../../ports/search-index.ts'
import { type Analyzer, createAnalyzer, type SearchLanguage } from '../../text/analyze.ts'
import { createPartition, type Entry, type Partition } from './partition.ts'
import { attemptOf, numberOf, textOf } from './rows.ts'
import { encodeTerms, floatsOf, termCode, termsOf, wordsOf } from './term-code.ts'
import type { VectorOptions } from './vectors.ts'

/** The file as typed arrays, and the way to bring them up to date. */
export interface LiveIndex {
  readonly analyzer: Analyzer
  partition(tenant: string): Partition | undefined
  /** Whether anything was committed to the file since all of it was read. One cheap look. */
  behind(): boolean
  /** Takes in what is new, for about `budgetMs`; true when nothing is left. */
  catchUp(budgetMs: number): boolean
  /** Does one piece of work that makes later searches cheaper; false when there is none. */
  tidy(): boolean
  close(): void
}

/** Rows between two looks at the clock. */
const batch = 32

/** Equal parts of attempts are kept once: most have the same few groups, tags and types. */
function createPool(): (info: AttemptInfo) => Omit<AttemptInfo, 'title'> {
  const pool = new Map<string, unknown>()
  const shared = <T>(value: T): T => {
    const key = JSON.stringify(value)
    const found = pool.get(key)
    // The same JSON came from a value of the same shape.
    if (found !== undefined) return found as T
    if (pool.size < 10_000) pool.set(key, value)
    return value
  }
  return ({ attempt, tenant, documentId, path, contentType, groups, tags, metadata, embedder }) => ({
    ...{ attempt, documentId, path },
    ...{ tenant: shared(tenant), contentType: shared(contentType), embedder: shared(embedder) },
    ...{ groups: shared(groups), tags: shared(tags), metadata: shared(metadata) },
  })
}

/**
 * Opens the file read-only and follows it. Order makes this right: removals are read before chunks, an attempt's number
 * is never used again, and the version of the data is read before both, so that a commit in between is seen next time.
 */
export function openLiveIndex(file: string, language: SearchLanguage, options: VectorOptions): LiveIndex {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  const analyzer = createAnalyzer(language)
  const analyzerCode = termCode(analyzer.id).lo
  const partitions = new Map<string, Partition>()
  const entries = new Map<number, Entry>()
  const pooled = createPool()
  const version = db.prepare('PRAGMA data_version')
  const removals = db.prepare('SELECT seq, attempt FROM removals WHERE seq > ? ORDER BY seq')
  const lastRemoval = db.prepare('SELECT MAX(seq) AS seq FROM removals')
  const attempts = db.prepare('SELECT * FROM attempts WHERE id = ?')
  const texts = db.prepare('SELECT section, text FROM chunks WHERE seq = ?')
  const rows = db.prepare(
    `SELECT t.seq, t.attempt, t.ordinal, t.terms, v.vector FROM terms t LEFT JOIN vectors v ON v.seq = t.seq
     WHERE t.seq > ? ORDER BY t.seq`,
  )
  let lastSeq = 0
  // Nothing is held yet, so nothing can have been removed from it.
  let lastRemoved = numberOf(lastRemoval.get() ?? {}, 'seq')
  let seenVersion = -1

  const partitionOf = (tenant: string): Partition => {
    const found = partitions.get(tenant) ?? createPartition(options)
    partitions.set(tenant, found)
    return found
  }

  function entryOf(attempt: number): Entry | undefined {
    const known = entries.get(attempt)
    if (known) return known
    const row = attempts.get(attempt)
    if (!row) return undefined
    const info = attemptOf(row)
    const entry = partitionOf(info.tenant).enter(pooled(info))
    entries.set(attempt, entry)
    return entry
  }

  /** The terms as this analyzer gives them: analysed again when another language's were stored. */
  function currentTerms(stored: Uint32Array, seq: number, attempt: number): Uint32Array {
    if (stored[0] === analyzerCode) return stored
    const chunk = texts.get(seq)
    const info = attempts.get(attempt)
    if (!chunk || !info) return new Uint32Array(2)
    const section: unknown = JSON.parse(textOf(chunk, 'section'))
    const headings = Array.isArray(section) ? section.map(String) : []
    const passage = { title: textOf(info, 'title'), section: headings, text: textOf(chunk, 'text') }
    return wordsOf(encodeTerms(analyzer, termsOf(analyzer, passage)))
  }

  function takeRemovals(): void {
    for (const row of removals.iterate(lastRemoved)) {
      lastRemoved = numberOf(row, 'seq')
      const attempt = numberOf(row, 'attempt')
      const entry = entries.get(attempt)
      if (entry) partitionOf(entry.tenant).drop(entry)
      entries.delete(attempt)
    }
  }

  /** False when the time ran out. */
  function takeRows(until: number): boolean {
    let taken = 0
    for (const row of rows.iterate(lastSeq)) {
      if (++taken % batch === 0 && performance.now() > until) return false
      lastSeq = numberOf(row, 'seq')
      const attempt = numberOf(row, 'attempt')
      const entry = entryOf(attempt)
      if (!entry || !(row.terms instanceof Uint8Array)) continue
      const terms = currentTerms(wordsOf(row.terms), lastSeq, attempt)
      const vector = row.vector instanceof Uint8Array ? floatsOf(row.vector) : undefined
      partitionOf(entry.tenant).add(entry, numberOf(row, 'ordinal'), terms[1] ?? 0, terms, 2, vector)
    }
    return true
  }

  const currentVersion = (): number => numberOf(version.get() ?? {}, 'data_version')

  return {
    analyzer,
    partition: (tenant) => partitions.get(tenant),
    behind: () => currentVersion() !== seenVersion,
    catchUp(budgetMs) {
      const found = currentVersion()
      if (found === seenVersion) return true
      takeRemovals()
      if (!takeRows(performance.now() + budgetMs)) return false
      seenVersion = found
      return true
    },
    tidy() {
      for (const [tenant, partition] of partitions) {
        if (partition.rows > 0 && partition.liveRows === 0) {
          partitions.delete(tenant)
          return true
        }
        if (partition.wasteful) {
          partition.compact()
          return true
        }
        partition.prepare()
      }
      return false
    },
    close: () => db.close(),
  }
}
