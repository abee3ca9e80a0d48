import { grown } from './growable.ts'
import { createSignBits, type SignBits } from './sign-bits.ts'

/** Whether a row may be found; undefined: every row. */
export type RowFilter = ((row: number) => boolean) | undefined

/** The vectors of one embedder in one tenant. */
export interface Vectors {
  readonly dimensions: number
  readonly count: number
  /** `row`: the passage's row in the partition; ascending. */
  add(row: number, vector: Float32Array): void
  /** Calls `found` with rows and cosines; with many rows only for those that a first pass holds for the nearest. */
  search(query: Float32Array, admits: RowFilter, depth: number, found: (row: number, cosine: number) => void): void
  /** Makes what the next search needs, so that it doesn't have to. */
  prepare(): void
  /** The same without dropped rows; `moved[row]` is a row's new number, or `dropped`. */
  compacted(moved: Uint32Array, dropped: number): Vectors
}

export interface VectorOptions {
  /** Up to how many admitted rows every one is compared exactly. */
  exactRows: number
  /** How many the first pass leaves for the exact comparison, at least; more with a great depth or many rows. */
  shortlist: number
}

export const vectorDefaults: VectorOptions = { exactRows: 10_000, shortlist: 2048 }

/** With so many vectors the mean has settled. */
const settledAt = 50_000

const blockBits = 11
const blockRows = 1 << blockBits

/** At length one, as nearly every vector comes; zeros stay zeros. */
function writeUnit(vector: Float32Array, into: Float32Array, offset: number): void {
  const square = dot(vector, 0, vector)
  into.set(vector, offset)
  if (square === 0 || Math.abs(square - 1) < 1e-6) return
  const scale = 1 / Math.sqrt(square)
  for (let i = offset; i < offset + vector.length; i++) into[i] = (into[i] ?? 0) * scale
}

function dot(block: Float32Array, offset: number, query: Float32Array): number {
  const size = query.length
  const whole = size & ~3
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < whole; i += 4) {
    a += (block[offset + i] ?? 0) * (query[i] ?? 0)
    b += (block[offset + i + 1] ?? 0) * (query[i + 1] ?? 0)
    c += (block[offset + i + 2] ?? 0) * (query[i + 2] ?? 0)
    d += (block[offset + i + 3] ?? 0) * (query[i + 3] ?? 0)
  }
  for (let i = whole; i < size; i++) a += (block[offset + i] ?? 0) * (query[i] ?? 0)
  return a + b + c + d
}

/** Vectors lie in blocks that are never copied; sign bits are made once an exact scan would be slow. */
export function createVectors(dimensions: number, options: VectorOptions): Vectors {
  const blocks: Float32Array[] = []
  let rows = new Uint32Array(16)
  let count = 0
  let bits: SignBits | undefined
  /** The mean moves while vectors come in: it is taken again each time their number has doubled. */
  let bitsAgainAt = 0

  const blockOf = (place: number): Float32Array => blocks[place >> blockBits] ?? new Float32Array(0)
  const offsetOf = (place: number): number => (place & (blockRows - 1)) * dimensions

  /** The block of the next vector; the first of a small tenant grows, so that it doesn't cost megabytes. */
  function roomyBlock(): Float32Array {
    const number = count >> blockBits
    const block = blockOf(count)
    const needed = offsetOf(count) + dimensions
    if (block.length >= needed) return block
    const wanted = number > 0 ? blockRows * dimensions : Math.min(blockRows * dimensions, Math.max(needed * 2, 16))
    const larger = new Float32Array(wanted)
    larger.set(block)
    blocks[number] = larger
    return larger
  }

  function freshBits(): SignBits {
    const mean = new Float32Array(dimensions)
    for (let place = 0; place < count; place++) {
      const block = blockOf(place)
      const offset = offsetOf(place)
      for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (block[offset + i] ?? 0)
    }
    bitsAgainAt = count < settledAt ? 2 * count : Number.POSITIVE_INFINITY
    return createSignBits(
      mean.map((sum) => sum / count),
      count,
    )
  }

  function upToDate(): SignBits {
    if (!bits || count >= bitsAgainAt) bits = freshBits()
    for (let place = bits.count; place < count; place++) bits.add(blockOf(place), offsetOf(place))
    return bits
  }

  return {
    dimensions,
    get count() {
      return count
    },
    add(row, vector) {
      if (vector.length !== dimensions) return
      rows = grown(rows, count + 1)
      rows[count] = row
      writeUnit(vector, roomyBlock(), offsetOf(count))
      count++
    },
    search(query, admits, depth, found) {
      if (query.length !== dimensions) return
      const unit = new Float32Array(dimensions)
      writeUnit(query, unit, 0)
      const places = new Uint32Array(count)
      let admitted = 0
      for (let place = 0; place < count; place++) if (!admits || admits(rows[place] ?? 0)) places[admitted++] = place
      let candidates: Uint32Array = places.subarray(0, admitted)
      if (admitted > options.exactRows) {
        candidates = upToDate().nearest(
          unit,
          candidates,
          Math.max(options.shortlist, 8 * depth, Math.ceil(admitted / 32)),
        )
      }
      for (const place of candidates) found(rows[place] ?? 0, dot(blockOf(place), offsetOf(place), unit))
    },
    prepare() {
      if (count > options.exactRows) upToDate()
    },
    compacted(moved, dropped) {
      const next = createVectors(dimensions, options)
      for (let place = 0; place < count; place++) {
        const row = moved[rows[place] ?? 0] ?? dropped
        const offset = offsetOf(place)
        if (row !== dropped) next.add(row, blockOf(place).subarray(offset, offset + dimensions))
      }
      return next
    },
  }
}
