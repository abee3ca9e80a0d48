import type { Analyzer } from '../../text/analyze.ts'

/**
 * A chunk's terms as the index keeps them: each term is a hash of 56 bits (two different terms among a million share
 * one with a probability of 1 in 100,000), so that a dictionary of codes and numbers needs no strings in memory.
 */
export interface TermCode {
  lo: number
  hi: number
}

/** What is weighted how: a term in a heading counts like two in the text. */
export const weights = { text: 1, title: 1, section: 2 }
/** Frequencies are kept in one byte; beyond this BM25 has long been flat. */
const mostOften = 255

/** Two multiplicative hashes over the UTF-16 units, mixed at the end (the scheme of cyrb53). */
export function termCode(term: string): TermCode {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < term.length; i++) {
    const unit = term.charCodeAt(i)
    a = Math.imul(a ^ unit, 2_654_435_761)
    b = Math.imul(b ^ unit, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return { lo: a >>> 0, hi: (b >>> 8) & 0xffffff }
}

export interface Terms {
  /** Weighted number of terms. */
  length: number
  counts: ReadonlyMap<string, number>
}

/** The weighted terms of a passage under its title and headings. */
export function termsOf(
  analyzer: Analyzer,
  passage: { title: string; section: readonly string[]; text: string },
): Terms {
  const counts = new Map<string, number>()
  let length = 0
  const add = (text: string, weight: number): void => {
    for (const term of analyzer.terms(text)) {
      counts.set(term, (counts.get(term) ?? 0) + weight)
      length += weight
    }
  }
  add(passage.text, weights.text)
  add(passage.title, weights.title)
  for (const heading of passage.section) add(heading, weights.section)
  return { length, counts }
}

/** `[analyzer, length, (lo, hi << 8 | frequency) …]` in 32-bit words, little endian. */
export function encodeTerms(analyzer: Analyzer, terms: Terms): Uint8Array {
  const words = new Uint32Array(2 + terms.counts.size * 2)
  words[0] = termCode(analyzer.id).lo
  words[1] = terms.length
  let at = 2
  for (const [term, count] of terms.counts) {
    const { lo, hi } = termCode(term)
    words[at++] = lo
    words[at++] = (hi << 8) | Math.min(count, mostOften)
  }
  return new Uint8Array(words.buffer)
}

/** The 32-bit words of a blob. */
export function wordsOf(blob: Uint8Array): Uint32Array {
  const bytes = blob.byteOffset % 4 === 0 ? blob : blob.slice()
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
}

/** The vector in a blob. */
export function floatsOf(blob: Uint8Array): Float32Array {
  const bytes = blob.byteOffset % 4 === 0 ? blob : blob.slice()
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
}

/** A vector as a blob: its 32-bit floats, little endian. */
export function floatsBlob(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}
