import type { Chunk } from '../../shared/documents/document.ts'

/** A chunk before it has its place among the others, with the units (by their rising numbers) that it shows. */
export interface Draft extends Omit<Chunk, 'ordinal' | 'hash'> {
  units: number[]
}

export interface Chunking {
  /** Size of a chunk, in tokens; no chunk is larger. */
  tokens: number
  /** Tokens that a chunk may repeat of the one before it. */
  overlap: number
}

/** A piece of running text: a paragraph, a heading, an item of a list, a row of a small table. */
export interface Prose {
  kind: 'prose'
  /** Number of the unit it belongs to; never falls. */
  unit: number
  text: string
  /** Headings above it (a heading includes itself). The same array for everything of one section. */
  section: readonly string[]
  heading?: true
  /** Belongs so closely to what came before it that one line break stands between them. */
  tight?: true
  /** Repeated above it where it begins a chunk: the header of its table. */
  lead?: string
  /** First and last place of the text, counted as the format counts: lines, paragraphs, pages. */
  from: number
  to: number
  /** Where in the text each place after the first begins, for a text of several. */
  breaks?: readonly number[]
  /** A chunk never spans two scopes: the page. */
  scope?: number
}

export type Locate = (from: number, to: number, section: readonly string[]) => string
