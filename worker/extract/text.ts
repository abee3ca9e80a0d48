import type { Prose } from '../chunk/draft.ts'
import { type Item, longestPiece, portions, type Reader } from './reader.ts'
import { lines, type Source } from './source.ts'

export const locateLines = (from: number, to: number): string => (from === to ? `line ${from}` : `lines ${from}-${to}`)

/** A line that begins a new point keeps its own line. */
const point = /^\s*(?:[-*+•–]|\d{1,3}[.)]|[a-z][.)])\s/
/** Lines at least this long were most likely broken because the line was full. */
const fullLine = 50

/** Plain text: paragraphs are what blank lines divide. Lines that were only broken to fit are joined again. */
export function readText(source: Source): Reader {
  return { unit: 'paragraphs', locate: locateLines, items: paragraphs(source) }
}

async function* paragraphs(source: Source): AsyncGenerator<Item[]> {
  const section: readonly string[] = []
  let unit = 0
  let line = 0
  let open: { from: number; lines: string[]; length: number } | undefined
  const close = (): Prose[] => {
    if (!open) return []
    const pieces = [...joined(open.lines, open.from)].map(
      (piece): Prose => ({ kind: 'prose', unit: ++unit, section, ...piece }),
    )
    open = undefined
    return pieces
  }
  for await (const batch of lines(source)) {
    const items: Item[] = []
    for (const text of batch) {
      line++
      if (text.trim() === '') {
        items.push(...close())
        continue
      }
      open ??= { from: line, lines: [], length: 0 }
      open.lines.push(text.trimEnd())
      open.length += text.length
      if (open.length > longestPiece) items.push(...close())
    }
    if (items.length > 0) yield items
  }
  const last = close()
  if (last.length > 0) yield last
}

function* joined(parts: readonly string[], from: number): Generator<Pick<Prose, 'text' | 'from' | 'to' | 'breaks'>> {
  let text = ''
  const breaks: number[] = []
  for (const [at, part] of parts.entries()) {
    if (at > 0) {
      const before = parts[at - 1] ?? ''
      text += before.length >= fullLine && !point.test(part) ? ' ' : '\n'
      breaks.push(text.length)
    }
    text += at === 0 ? part.trimStart() : part
  }
  for (const piece of portions(text)) {
    const first = from + breaks.filter((offset) => offset <= piece.offset).length
    const within = breaks
      .map((offset) => offset - piece.offset)
      .filter((offset) => offset > 0 && offset < piece.text.length)
    if (piece.text.trim() === '') continue
    yield { text: piece.text, from: first, to: first + within.length, breaks: within }
  }
}
