import type { IndexHit } from '../../ports/search-index.ts'
import { hitsOf, isObject, type JsonObject, numberIn, textIn } from './answers.ts'
import { attemptOf } from './documents.ts'
import type { Space } from './options.ts'
import { cosineOf, vectorField } from './vectors.ts'

/** One of the two queries of a search. */
export interface Ranking {
  depth: number
  /** How many hits are asked for at first. */
  firstSize: number
  body(size: number): JsonObject
  scoreOf(score: number): number
  /** Whether the index orders equal scores by key when it is asked for so many; if not, the last may be any equals. */
  ordersEqual(size: number): boolean
  /** Of a query by vector. */
  dimensions?: number
}

/** The largest result window of an index. */
export const mostHits = 10_000
/** Asked for beyond the depth, for copies and equals. */
const margin = 64

/** Keys, scores and documents only: neither the source nor any stored field of a hit is read. */
const keysOnly = {
  _source: false,
  stored_fields: '_none_',
  docvalue_fields: ['key', 'documentId'],
  track_total_hits: false,
}

/**
 * BM25 over the words of passages. Only a query that is not sorted may skip what cannot get among the best, so it is
 * sorted by key only when asked a second time: when too many of the last ones were equal.
 */
export function textRanking(query: { words: string; filter: JsonObject[]; depth: number }): Ranking {
  const { words, filter, depth } = query
  const firstSize = Math.min(mostHits, depth + margin)
  const again = (size: number) => size > firstSize
  return {
    depth,
    firstSize,
    body: (size) => ({
      ...keysOnly,
      size,
      query: { bool: { must: [{ match: { words: { query: words } } }], filter } },
      ...(again(size) && { sort: [{ _score: 'desc' }, { key: 'asc' }] }),
    }),
    scoreOf: (score) => score,
    ordersEqual: again,
  }
}

/** The nearest vectors, found by a graph; the filters are part of that search, so none of `k` is lost to them. */
export function vectorRanking(query: {
  values: readonly number[]
  filter: JsonObject[]
  depth: number
  space: Space
}): Ranking {
  const { values, filter, depth, space } = query
  const field = vectorField(values.length)
  return {
    depth,
    firstSize: Math.min(mostHits, depth + margin),
    body: (size) => ({
      ...keysOnly,
      size,
      query: { knn: { [field]: { vector: values, k: size, filter: { bool: { filter } } } } },
    }),
    scoreOf: (score) => cosineOf(score, space),
    ordersEqual: () => false,
    dimensions: values.length,
  }
}

export interface RankedHits {
  /** Each key once, best first, equal scores by key. */
  hits: IndexHit[]
  /** How many came back, copies included. */
  raw: number
}

export function rankedHits(answer: JsonObject, ranking: Ranking): RankedHits {
  const found = hitsOf(answer)
  const best = new Map<string, IndexHit>()
  for (const hit of found) {
    const { key, documentId } = isObject(hit.fields) ? hit.fields : {}
    const name = textIn(Array.isArray(key) ? key[0] : undefined, 'key of a hit')
    if (best.has(name)) continue
    best.set(name, {
      key: name,
      documentId: textIn(Array.isArray(documentId) ? documentId[0] : undefined, 'document of a hit'),
      attempt: attemptOf(name),
      score: ranking.scoreOf(scoreIn(hit)),
    })
  }
  const hits = [...best.values()].sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { hits, raw: found.length }
}

/** Where hits are sorted, their score stands with what they are sorted by. */
function scoreIn(hit: JsonObject): number {
  return numberIn(Array.isArray(hit.sort) ? hit.sort[0] : hit._score, 'score of a hit')
}

/** Whether more might belong among the first `depth`: copies took their places, or equals of the last were left out. */
export function isCut({ hits, raw }: RankedHits, ranking: Ranking, size: number): boolean {
  if (raw < size || size >= mostHits) return false
  if (hits.length < ranking.depth) return true
  return !ranking.ordersEqual(size) && hits[ranking.depth - 1]?.score === hits.at(-1)?.score
}
