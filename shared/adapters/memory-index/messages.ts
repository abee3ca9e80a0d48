import type { IndexHit } from '../../ports/search-index.ts'
import type { SearchLanguage } from '../../text/stop-words.ts'
import type { Partition } from './partition.ts'
import type { RowHit } from './query.ts'
import type { VectorOptions } from './vectors.ts'

/** What the search thread is started with. */
export interface Settings {
  file: string
  language: SearchLanguage
  vectors: VectorOptions
}

/** Hits as they cross the thread's border: three columns and each attempt once, since hundreds of objects cost more. */
export interface PackedHits {
  attempts: string[]
  documents: string[]
  /** For each hit: the place of its attempt above. */
  attempt: Uint32Array
  ordinal: Uint32Array
  score: Float64Array
}

export type ThreadAnswer =
  | { ready: true }
  | { id: number; text: PackedHits; vector: PackedHits }
  | { id: number; error: string }

export function packHits(partition: Partition | undefined, hits: readonly RowHit[]): PackedHits {
  const packed: PackedHits = {
    attempts: [],
    documents: [],
    attempt: new Uint32Array(hits.length),
    ordinal: new Uint32Array(hits.length),
    score: new Float64Array(hits.length),
  }
  const places = new Map<number, number>()
  for (const [i, { item, score }] of hits.entries()) {
    const entry = partition?.entries[partition.columns.entry[item] ?? 0]
    if (!entry) continue
    let place = places.get(entry.place)
    if (place === undefined) {
      place = packed.attempts.push(entry.attempt) - 1
      packed.documents.push(entry.documentId)
      places.set(entry.place, place)
    }
    packed.attempt[i] = place
    packed.ordinal[i] = partition?.columns.ordinal[item] ?? 0
    packed.score[i] = score
  }
  return packed
}

export function unpackHits(packed: PackedHits): IndexHit[] {
  return Array.from(packed.score, (score, i) => {
    const place = packed.attempt[i] ?? 0
    const attempt = packed.attempts[place] ?? ''
    return { key: `${attempt}:${packed.ordinal[i]}`, documentId: packed.documents[place] ?? '', attempt, score }
  })
}
