import { createHash } from 'node:crypto'
import type { Attributes, Chunk } from './document.ts'

export interface FingerprintInput extends Attributes {
  revision: string
  nonce: number
  embedder: string
  /** Size and overlap of the chunks, as configured. */
  chunking: string
}

/**
 * What a document's index entries were made from. Only an equal fingerprint means that nothing is to be done.
 * The version of the extraction code is left out on purpose: `reindex` redoes what an older version made.
 */
export function fingerprint(input: FingerprintInput): string {
  const canonical = [
    input.revision,
    input.nonce,
    input.embedder,
    input.chunking,
    input.title,
    [...input.groups].sort(),
    [...input.tags].sort(),
    Object.entries(input.metadata).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 32)
}

/** The hash by which equal passages are known, whatever their white space. */
export function textHash(text: string): string {
  return createHash('sha256').update(text.replace(/\s+/g, ' ').trim()).digest('hex').slice(0, 32)
}

/** What of a passage is embedded: its headings are part of what it means. */
export function embeddedText(chunk: Pick<Chunk, 'section' | 'text'>): string {
  return [...chunk.section, chunk.text].join('\n')
}

/** The key by which a vector is taken over: passages with it have the same embedded text. */
export function embeddingKey(chunk: Pick<Chunk, 'section' | 'text'>): string {
  return textHash(embeddedText(chunk))
}
