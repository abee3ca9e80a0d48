import { grown } from './growable.ts'

/**
 * One bit a dimension: whether a vector lies above the mean there. The whole query against a vector's bits orders
 * vectors nearly as the exact product does (the asymmetric distance of RaBitQ, Gao and Long 2024, without its rotation),
 * reading a 32nd of the memory.
 */
export interface SignBits {
  readonly count: number
  /** Rows must be added in order. */
  add(values: Float32Array, offset: number): void
  /** Of `candidates`, about the `keep` that are nearest to the query, never more. */
  nearest(query: Float32Array, candidates: Uint32Array, keep: number): Uint32Array
}

const buckets = 4096

/**
 * For each byte of a vector's bits and each value of that byte: the sum of the query's values there, added where the
 * bit is set and taken off where it is not, in whole numbers that fit into 16 bits.
 */
function tableOf(query: Float32Array, width: number): Int16Array {
  const groups = width * 4
  let largest = 0
  for (let group = 0; group < groups; group++) {
    let sum = 0
    for (let bit = 0; bit < 8; bit++) sum += Math.abs(query[group * 8 + bit] ?? 0)
    largest = Math.max(largest, sum)
  }
  const scale = largest > 0 ? 32_000 / largest : 0
  const table = new Int16Array(groups * 256)
  for (let group = 0; group < groups; group++) {
    const parts = Array.from({ length: 8 }, (_, bit) => Math.round((query[group * 8 + bit] ?? 0) * scale))
    table[group * 256] = -parts.reduce((sum, part) => sum + part, 0)
    for (let value = 1; value < 256; value++) {
      const lowest = 31 - Math.clz32(value & -value)
      table[group * 256 + value] = (table[group * 256 + (value & (value - 1))] ?? 0) + 2 * (parts[lowest] ?? 0)
    }
  }
  return table
}

/** The places of the `keep` highest scores, to the precision of a bucket; what has no room in the last is left out. */
function highest(scores: Int32Array, candidates: Uint32Array, keep: number): Uint32Array {
  let low = 0
  let high = 0
  for (const score of scores) {
    if (score < low) low = score
    if (score > high) high = score
  }
  const scale = (buckets - 1) / Math.max(1, high - low)
  const histogram = new Uint32Array(buckets)
  for (let i = 0; i < scores.length; i++) {
    const bucket = ((scores[i] ?? 0) - low) * scale
    histogram[bucket | 0] = (histogram[bucket | 0] ?? 0) + 1
  }
  let limit = buckets - 1
  let above = 0
  for (; above + (histogram[limit] ?? 0) < keep; limit--) above += histogram[limit] ?? 0
  let room = keep - above
  const kept = new Uint32Array(keep)
  let count = 0
  for (let i = 0; i < scores.length; i++) {
    const bucket = (((scores[i] ?? 0) - low) * scale) | 0
    if (bucket > limit || (bucket === limit && room-- > 0)) kept[count++] = candidates[i] ?? 0
  }
  return kept
}

export function createSignBits(mean: Float32Array, capacity: number): SignBits {
  const dimensions = mean.length
  /** Words for each vector. */
  const width = Math.ceil(dimensions / 32)
  let bits = new Uint32Array(capacity * width)
  let count = 0

  return {
    get count() {
      return count
    },
    add(values, offset) {
      bits = grown(bits, (count + 1) * width)
      for (let word = 0; word < width; word++) {
        let packed = 0
        const end = Math.min(32, dimensions - word * 32)
        for (let bit = 0; bit < end; bit++) {
          const dimension = word * 32 + bit
          if ((values[offset + dimension] ?? 0) > (mean[dimension] ?? 0)) packed |= 1 << bit
        }
        bits[count * width + word] = packed
      }
      count++
    },
    nearest(query, candidates, keep) {
      if (candidates.length <= keep) return candidates
      const table = tableOf(query, width)
      const words = bits
      const scores = new Int32Array(candidates.length)
      for (let i = 0; i < scores.length; i++) {
        const at = (candidates[i] ?? 0) * width
        let a = 0
        let b = 0
        let c = 0
        let d = 0
        for (let word = 0; word < width; word++) {
          const packed = words[at + word] ?? 0
          const row = word << 10
          a += table[row | (packed & 255)] ?? 0
          b += table[row | 256 | ((packed >>> 8) & 255)] ?? 0
          c += table[row | 512 | ((packed >>> 16) & 255)] ?? 0
          d += table[row | 768 | (packed >>> 24)] ?? 0
        }
        scores[i] = a + b + c + d
      }
      return highest(scores, candidates, keep)
    },
  }
}
