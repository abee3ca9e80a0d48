import type { IndexQuery } from '../../ports/search-index.ts'
import type { Analyzer } from '../../text/analyze.ts'
import { admission } from './filters.ts'
import type { Partition } from './partition.ts'
import { frequencyOf, rowOf } from './postings.ts'
import { type TermCode, termCode } from './term-code.ts'
import { createTopK, type TopK } from './top-k.ts'
import type { RowFilter } from './vectors.ts'

/** The parameters of BM25 as Robertson and Zaragoza (2009) recommend and Lucene uses. */
export const bm25 = { k1: 1.2, b: 0.75 }

/** A hit before its key is put together: row and score. */
export interface RowHit {
  item: number
  score: number
}

const unknown = 0
const yes = 1
const no = 2

/** Whether a row may be found, decided once for each attempt; undefined when every row may. */
function rowFilter(partition: Partition, query: IndexQuery): RowFilter {
  const { entries, columns } = partition
  const ofRow = columns.entry
  const admits = admission(query)
  if (!admits && partition.liveRows === partition.rows) return undefined
  const verdicts = new Uint8Array(entries.length)
  return (row) => {
    const place = ofRow[row] ?? 0
    let verdict = verdicts[place] ?? no
    if (verdict === unknown) {
      const entry = entries[place]
      verdict = entry && !entry.dead && (!admits || admits(entry)) ? yes : no
      verdicts[place] = verdict
    }
    return verdict === yes
  }
}

/** Equal scores are ordered by key, `<attempt>:<ordinal>`. Rows of one sheet often score alike, so this must be quick. */
function byKey(partition: Partition): (a: number, b: number) => boolean {
  const { entries, columns } = partition
  const attempt = (row: number): string => entries[columns.entry[row] ?? 0]?.attempt ?? ''
  const key = (row: number): string => `${attempt(row)}:${columns.ordinal[row]}`
  return (a, b) => {
    const [attemptA, attemptB] = [attempt(a), attempt(b)]
    // Attempts of one length differ before the colon.
    if (attemptA !== attemptB && attemptA.length === attemptB.length) return attemptA < attemptB
    return key(a) < key(b)
  }
}

function countTerms(terms: readonly string[]): { code: TermCode; count: number }[] {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return [...counts].map(([term, count]) => ({ code: termCode(term), count }))
}

let scores = new Float32Array(0)

/** Exact BM25, a term at a time; a term that the query repeats counts as often. */
function searchText(partition: Partition, terms: readonly string[], admits: RowFilter, best: TopK): void {
  const { rows, liveRows, liveLength, postings } = partition
  if (liveRows === 0) return
  if (scores.length < rows) scores = new Float32Array(rows + (rows >> 2))
  const points = scores
  const lengths = partition.columns.length
  const flat = bm25.k1 * (1 - bm25.b)
  const slope = liveLength > 0 ? (bm25.k1 * bm25.b * liveRows) / liveLength : 0
  let any = false
  for (const { code, count } of countTerms(terms)) {
    const frequency = partition.liveFrequency(code)
    if (frequency === 0) continue
    any = true
    const weight = count * Math.log(1 + (liveRows - frequency + 0.5) / (frequency + 0.5))
    postings.visit(postings.find(code), (slice, start, end) => {
      for (let i = start; i < end; i++) {
        const posting = slice[i] ?? 0
        const row = rowOf(posting)
        const often = frequencyOf(posting)
        points[row] = (points[row] ?? 0) + (weight * often) / (often + flat + slope * (lengths[row] ?? 0))
      }
    })
  }
  if (!any) return
  let floor = 0
  for (let row = 0; row < rows; row++) {
    const score = points[row] ?? 0
    if (score > 0 && score >= floor && (!admits || admits(row))) {
      best.offer(row, score)
      floor = Math.max(0, best.floor)
    }
  }
  points.fill(0, 0, rows)
}

/** Both rankings of one tenant's passages, best first. */
export function searchPartition(
  partition: Partition,
  analyzer: Analyzer,
  query: IndexQuery,
): { text: RowHit[]; vector: RowHit[] } {
  const admits = rowFilter(partition, query)
  const before = byKey(partition)
  const text = createTopK(query.depth, before)
  const vector = createTopK(query.depth, before)
  if (query.text) searchText(partition, analyzer.terms(query.text), admits, text)
  if (query.vector) {
    const { embedder, values } = query.vector
    partition.vectors.get(embedder)?.search(values, admits, query.depth, (row, cosine) => vector.offer(row, cosine))
  }
  return { text: text.taken(), vector: vector.taken() }
}
