import type { Rejection } from '../../shared/documents/document.ts'
import type { Locate, Prose } from '../chunk/draft.ts'
import type { Row } from '../chunk/rows.ts'

export interface Limits {
  maxInflatedBytes: number
  maxInflationRatio: number
  maxUnits: number
  maxTextBytes: number
}

/** Something that was read. A unit that cannot be indexed comes as a rejection instead. */
export type Item = Prose | Row | ({ kind: 'rejected' } & Rejection)

/** What a format gives: its items in order, a few at a time, and how its places are named. */
export interface Reader {
  /** What a unit is in this format. */
  unit: 'paragraphs' | 'pages' | 'rows'
  /** How many units there are, where that is known before all are read. */
  total?: number
  locate: Locate
  items: AsyncIterable<Item[]> | Iterable<Item[]>
}

/** Text between two borders is taken for one piece up to this length; what is longer comes in several. */
export const longestPiece = 64 * 1024

/** The parts of a very long piece of text: cut at white space where there is some. */
export function* portions(text: string): Generator<{ text: string; offset: number }> {
  let offset = 0
  while (text.length - offset > longestPiece) {
    const space = text.lastIndexOf(' ', offset + longestPiece)
    const end = space > offset + longestPiece / 2 ? space : offset + longestPiece
    yield { text: text.slice(offset, end), offset }
    offset = end + (space === end ? 1 : 0)
  }
  yield { text: text.slice(offset), offset }
}
