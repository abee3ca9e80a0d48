import { createAnalyzer } from '../../shared/text/analyze.ts'

const analyzer = createAnalyzer('english')
/** A stem is spread over some dimensions, so that two stems hardly ever look the same. */
const spread = 4

/** FNV-1a, 32 bits. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return (value ^ (value >>> 13)) >>> 0
}

/** A text as a bag of hashed stems: texts that share words are near to each other. Length one when normalised. */
export function embedding(text: string, dimensions: number, normalised = true): number[] {
  const vector = new Float64Array(dimensions)
  const terms = analyzer.terms(text)
  // A text of stop words is still a text.
  for (const term of terms.length > 0 ? terms : [text.trim().toLowerCase()]) {
    for (let i = 0; i < spread; i++) {
      const found = hash(term, i * 0x9e3779b9)
      const at = found % dimensions
      vector[at] = (vector[at] ?? 0) + (found & 0x80000000 ? 1 : -1)
    }
  }
  let length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  if (length === 0) {
    vector[0] = 1
    length = 1
  }
  return [...vector].map((value) => Math.fround(normalised ? value / length : value))
}

export const embeddingTypes = ['float', 'int8', 'uint8', 'binary', 'ubinary'] as const
export type EmbeddingType = (typeof embeddingTypes)[number]

/** A vector in one of the forms that models offer; the binary ones hold eight dimensions in a number. */
export function encoded(vector: readonly number[], type: EmbeddingType): number[] {
  const scaled = () => vector.map((value) => Math.max(-128, Math.min(127, Math.round(value * 127))))
  switch (type) {
    case 'float':
      return [...vector]
    case 'int8':
      return scaled()
    case 'uint8':
      return scaled().map((value) => value + 128)
    default: {
      const bytes = Array.from({ length: vector.length / 8 }, (_, at) =>
        vector.slice(at * 8, at * 8 + 8).reduce((byte, value) => (byte << 1) | (value > 0 ? 1 : 0), 0),
      )
      return type === 'ubinary' ? bytes : bytes.map((byte) => byte - 128)
    }
  }
}

/** How much of a query a document speaks of, between 0 and 1: a reranker that needs no model. */
export function relevance(query: string, document: string): number {
  const wanted = new Set(analyzer.terms(query))
  const terms = analyzer.terms(document)
  const found = new Set(terms.filter((term) => wanted.has(term)))
  if (wanted.size === 0 || found.size === 0) return 0.001
  const density = terms.filter((term) => wanted.has(term)).length / terms.length
  return Math.round((0.9 * (found.size / wanted.size) + 0.09 * density) * 1e6) / 1e6
}
