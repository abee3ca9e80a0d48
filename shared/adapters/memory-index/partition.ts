import type { AttemptInfo } from '../../ports/search-index.ts'
import { grown } from './growable.ts'
import { createPostings, frequencyOf, type Postings, rowOf } from './postings.ts'
import type { TermCode } from './term-code.ts'
import { createVectors, type VectorOptions, type Vectors } from './vectors.ts'

/** One attempt as the index holds it. */
export interface Entry extends Omit<AttemptInfo, 'title'> {
  /** Its place among the partition's entries. */
  place: number
  dead: boolean
  rows: number
  length: number
}

/** All that one tenant has: its own rows, terms and statistics. Passages are numbered rows. */
export interface Partition {
  readonly entries: readonly Entry[]
  readonly rows: number
  readonly liveRows: number
  readonly liveLength: number
  readonly postings: Postings
  /** By embedder. */
  readonly vectors: ReadonlyMap<string, Vectors>
  /** For each row: the entry's place, the ordinal, the number of terms. */
  readonly columns: { entry: Uint32Array; ordinal: Uint32Array; length: Float32Array }
  enter(info: Omit<AttemptInfo, 'title'>): Entry
  /** `terms`: pairs of words as in the stored form, from `start` on. */
  add(
    entry: Entry,
    ordinal: number,
    length: number,
    terms: Uint32Array,
    start: number,
    vector: Float32Array | undefined,
  ): void
  /** Its rows are not found any more; they are cleared away by `compact`. */
  drop(entry: Entry): void
  /** In how many live rows a term occurs. */
  liveFrequency(term: TermCode): number
  /** Whether so much is dead that `compact` pays. */
  readonly wasteful: boolean
  compact(): void
  /** Makes ahead of the next search what it would have to make. */
  prepare(): void
}

/** Rows below which clearing away isn't worth the while. */
const leastWaste = 256

export function createPartition(options: VectorOptions): Partition {
  let entries: Entry[] = []
  let columns = { entry: new Uint32Array(0), ordinal: new Uint32Array(0), length: new Float32Array(0) }
  let rows = 0
  let liveRows = 0
  let liveLength = 0
  let postings = createPostings()
  let vectors = new Map<string, Vectors>()
  /** Counted once for each term after a removal, since the postings still have what died. */
  const counted = new Map<number, number>()

  const isDead = (row: number): boolean => entries[columns.entry[row] ?? 0]?.dead ?? true

  function countLive(term: number): number {
    let live = 0
    postings.visit(term, (slice, start, end) => {
      for (let i = start; i < end; i++) if (!isDead(rowOf(slice[i] ?? 0))) live++
    })
    return live
  }

  function vectorsOf(embedder: string, dimensions: number): Vectors {
    const found = vectors.get(embedder) ?? createVectors(dimensions, options)
    vectors.set(embedder, found)
    return found
  }

  return {
    get entries() {
      return entries
    },
    get rows() {
      return rows
    },
    get liveRows() {
      return liveRows
    },
    get liveLength() {
      return liveLength
    },
    get postings() {
      return postings
    },
    get vectors() {
      return vectors
    },
    get columns() {
      return columns
    },
    enter(info) {
      const entry: Entry = { ...info, place: entries.length, dead: false, rows: 0, length: 0 }
      entries.push(entry)
      return entry
    },
    add(entry, ordinal, length, terms, start, vector) {
      const row = rows++
      columns.entry = grown(columns.entry, rows)
      columns.ordinal = grown(columns.ordinal, rows)
      columns.length = grown(columns.length, rows)
      columns.entry[row] = entry.place
      columns.ordinal[row] = ordinal
      columns.length[row] = length
      entry.rows++
      entry.length += length
      liveRows++
      liveLength += length
      for (let i = start; i + 1 < terms.length; i += 2) {
        const packed = terms[i + 1] ?? 0
        postings.add(terms[i] ?? 0, packed >>> 8, row, packed & 0xff)
      }
      if (vector) vectorsOf(entry.embedder, vector.length).add(row, vector)
      if (counted.size > 0) counted.clear()
    },
    drop(entry) {
      if (entry.dead) return
      entry.dead = true
      liveRows -= entry.rows
      liveLength -= entry.length
      counted.clear()
    },
    liveFrequency(code) {
      const term = postings.find(code)
      if (term < 0) return 0
      if (liveRows === rows) return postings.frequency(term)
      const live = counted.get(term) ?? countLive(term)
      counted.set(term, live)
      return live
    },
    get wasteful() {
      return rows - liveRows >= leastWaste && (rows - liveRows) * 4 > rows
    },
    compact() {
      const dropped = 0xffffffff
      const moved = new Uint32Array(rows)
      const next = {
        entry: new Uint32Array(liveRows),
        ordinal: new Uint32Array(liveRows),
        length: new Float32Array(liveRows),
      }
      const kept = entries.filter((entry) => !entry.dead)
      const places = new Uint32Array(entries.length)
      for (const [place, entry] of kept.entries()) places[entry.place] = place
      let to = 0
      for (let row = 0; row < rows; row++) {
        moved[row] = isDead(row) ? dropped : to
        if (moved[row] === dropped) continue
        next.entry[to] = places[columns.entry[row] ?? 0] ?? 0
        next.ordinal[to] = columns.ordinal[row] ?? 0
        next.length[to] = columns.length[row] ?? 0
        to++
      }
      const old = postings
      postings = createPostings()
      for (const { term, lo, hi } of old.codes()) {
        old.visit(term, (slice, start, end) => {
          for (let i = start; i < end; i++) {
            const posting = slice[i] ?? 0
            const row = moved[rowOf(posting)] ?? dropped
            if (row !== dropped) postings.add(lo, hi, row, frequencyOf(posting))
          }
        })
      }
      vectors = new Map([...vectors].map(([embedder, old]) => [embedder, old.compacted(moved, dropped)]))
      for (const [place, entry] of kept.entries()) entry.place = place
      entries = kept
      columns = next
      rows = liveRows
      counted.clear()
    },
    prepare() {
      for (const found of vectors.values()) found.prepare()
    },
  }
}
