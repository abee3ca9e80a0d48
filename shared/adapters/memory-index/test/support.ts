import type { AttemptInfo, IndexQuery } from '../../../ports/search-index.ts'
import { createAnalyzer } from '../../../text/analyze.ts'
import { createPartition, type Entry, type Partition } from '../partition.ts'
import { bm25, searchPartition } from '../query.ts'
import { encodeTerms, termsOf, wordsOf } from '../term-code.ts'
import { type VectorOptions, vectorDefaults } from '../vectors.ts'

export const analyzer = createAnalyzer('none')

export interface Passage {
  title: string
  section: string[]
  text: string
  vector?: Float32Array
}

/** A partition and, beside it, plain lists of what it must hold. */
export interface Model {
  partition: Partition
  passages: Map<string, Passage>
  put(attempt: string, passages: readonly Passage[]): void
  remove(attempt: string): void
  search(about: Partial<IndexQuery>): Record<'text' | 'vector', { key: string; score: number }[]>
}

export function createModel(options: Partial<VectorOptions> = {}): Model {
  const partition = createPartition({ ...vectorDefaults, ...options })
  const passages = new Map<string, Passage>()
  const entries = new Map<string, Entry>()
  const keyOf = (row: number): string =>
    `${partition.entries[partition.columns.entry[row] ?? 0]?.attempt}:${partition.columns.ordinal[row]}`

  return {
    partition,
    passages,
    put(attempt, added) {
      const about: Omit<AttemptInfo, 'title'> = {
        ...{ attempt, tenant: 'acme', documentId: `doc_${attempt}`, path: `${attempt}.md`, contentType: 'text/plain' },
        ...{ groups: [attempt], tags: [], metadata: {}, embedder: 'e' },
      }
      const entry = entries.get(attempt) ?? partition.enter(about)
      entries.set(attempt, entry)
      for (const passage of added) {
        const ordinal = entry.rows
        const words = wordsOf(encodeTerms(analyzer, termsOf(analyzer, passage)))
        partition.add(entry, ordinal, words[1] ?? 0, words, 2, passage.vector)
        passages.set(`${attempt}:${ordinal}`, passage)
      }
    },
    remove(attempt) {
      const entry = entries.get(attempt)
      if (!entry) return
      partition.drop(entry)
      entries.delete(attempt)
      for (const key of passages.keys()) if (key.startsWith(`${attempt}:`)) passages.delete(key)
    },
    search(about) {
      const query: IndexQuery = { tenant: 'acme', groups: undefined, depth: 10_000, ...about }
      const { text, vector } = searchPartition(partition, analyzer, query)
      const named = (hits: typeof text) => hits.map(({ item, score }) => ({ key: keyOf(item), score }))
      return { text: named(text), vector: named(vector) }
    },
  }
}

/** BM25 straight from its definition, over all passages, in double precision. */
export function plainBm25(passages: ReadonlyMap<string, Passage>, query: string): Map<string, number> {
  const bags = new Map<string, string[]>()
  for (const [key, { title, section, text }] of passages) {
    const headings = section.flatMap((heading) => analyzer.terms(heading))
    bags.set(key, [...analyzer.terms(text), ...analyzer.terms(title), ...headings, ...headings])
  }
  const average = [...bags.values()].reduce((sum, bag) => sum + bag.length, 0) / bags.size
  const scores = new Map<string, number>()
  for (const term of analyzer.terms(query)) {
    const having = [...bags].filter(([, bag]) => bag.includes(term))
    const idf = Math.log(1 + (bags.size - having.length + 0.5) / (having.length + 0.5))
    for (const [key, bag] of having) {
      const often = bag.filter((one) => one === term).length
      const norm = bm25.k1 * (1 - bm25.b + (bm25.b * bag.length) / average)
      scores.set(key, (scores.get(key) ?? 0) + (idf * often) / (often + norm))
    }
  }
  return scores
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** Cosines straight from their definition. */
export function plainCosines(passages: ReadonlyMap<string, Passage>, query: Float32Array): Map<string, number> {
  const scores = new Map<string, number>()
  for (const [key, { vector }] of passages) {
    if (vector) scores.set(key, dot(vector, query) / Math.sqrt(dot(vector, vector) * dot(query, query)))
  }
  return scores
}
