import type { Embedder } from '../ports/embedder.ts'

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** A text as a bag of hashed words, at length one. Texts that share words are near to each other. */
export function hashingVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    const found = hash(word)
    const place = found % dimensions
    vector[place] = (vector[place] ?? 0) + (found & 0x80000000 ? 1 : -1)
  }
  const length = Math.hypot(...vector)
  // Words can cancel each other out; a vector of length one is promised all the same.
  if (length === 0) vector[0] = 1
  return length === 0 ? vector : vector.map((value) => value / length)
}

/** A test double: never offered to a user, since its ranking is worse than that of the words themselves. */
export function createHashingEmbedder(dimensions = 384): Embedder {
  return {
    id: `hashing/${dimensions}`,
    async embed(texts, _purpose, signal) {
      signal.throwIfAborted()
      return texts.map((text) => hashingVector(text, dimensions))
    },
  }
}
