import type { Space } from './options.ts'

/** The field that holds vectors of so many dimensions. */
export const vectorField = (dimensions: number): string => `vector_${dimensions}`

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** A vector as it is kept for re-use: 32-bit floats, little endian, in base64. The index's own copy may be rounded. */
export function packed(vector: Float32Array): string {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return (littleEndian ? bytes : Buffer.from(bytes).swap32()).toString('base64')
}

/** The other way round. */
export function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  if (!littleEndian) bytes.swap32()
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)))
}

/**
 * A vector as the index takes it; undefined when it has no direction, which no cosine can be taken of. Nine digits are
 * what a 32-bit float needs. The inner product is the cosine for vectors of length one only.
 */
export function indexed(vector: Float32Array, space: Space): number[] | undefined {
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length) || length === 0) return undefined
  const scale = space === 'innerproduct' ? 1 / length : 1
  return Array.from(vector, (value) => Number((value * scale).toPrecision(9)))
}

/**
 * What a hit's score says, as a cosine: `(1 + cos) / 2` in the cosine space; for inner products `1 + p`, and
 * `1 / (1 - p)` for those below zero (OpenSearch, "Spaces": k-NN scores are never negative).
 */
export function cosineOf(score: number, space: Space): number {
  if (space === 'cosinesimil') return 2 * score - 1
  return score >= 1 ? score - 1 : 1 - 1 / score
}
