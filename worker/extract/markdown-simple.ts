import type { Block } from './markdown-blocks.ts'
import type { Segment } from './markdown-segments.ts'

/** Characters that can mean something inside a line. */
const special = /[*_[<`~\\|]|&[#a-z0-9]+;|!\[/i
/** Begins with what can begin nothing but text. */
const plainStart = /^[\p{L}\p{N}"'(€$£%„“«‚‘§]/u
const number = /^(\d{1,9})[.)](?:\s|$)/

const simple = (line: string) => !special.test(line)
const plain = (line: string) => plainStart.test(line) && !number.test(line) && simple(line)

/**
 * Reads the segments that most documents mostly consist of, headings, paragraphs and flat lists without any markup in
 * them, and code, forty times faster than the parser does, to the same blocks (a test compares the two).
 * @returns undefined for everything else
 */
export function simpleBlocks({ from, lines }: Segment): Block[] | undefined {
  const end = lines.findLastIndex((line) => line.trim() !== '') + 1
  const first = lines[0]
  if (first === undefined || end === 0) return undefined
  const own = lines.slice(0, end)
  return heading(first, own, from) ?? code(first, own, from) ?? paragraph(own, from) ?? list(own, from)
}

function heading(first: string, own: readonly string[], from: number): Block[] | undefined {
  const match = /^(#{1,6})[ \t]+(.*?)[ \t]*$/.exec(first)
  const [, marks, text] = match ?? []
  if (!marks || !text || own.length > 1 || !simple(text) || text.includes('#')) return undefined
  return [{ text, depth: marks.length, tight: false, from, to: from }]
}

function code(first: string, own: readonly string[], from: number): Block[] | undefined {
  const match = /^(`{3,}|~{3,})([^`~]*)$/.exec(first)
  const last = own.at(-1)
  if (!match?.[1] || own.length < 3 || last !== match[1]) return undefined
  // Another fence within may close it, and open the next one.
  if (own.slice(1, -1).some((line) => /^\s*(?:`{3,}|~{3,})/.test(line))) return undefined
  const text = own.slice(1, -1).join('\n')
  // The parser replaces what Unicode does not know.
  if (text.trim() === '' || text.includes('\u0000')) return undefined
  const breaks = [...text.matchAll(/\n/g)].map((found) => found.index + 1)
  return [{ text, tight: false, from: from + 1, to: from + own.length - 1, breaks }]
}

function paragraph(own: readonly string[], from: number): Block[] | undefined {
  if (!own.every((line, at) => plain(line) && (at === own.length - 1 || !/(?: {2}|\t)$/.test(line)))) return undefined
  const breaks: number[] = []
  let text = ''
  for (const [at, line] of own.entries()) {
    if (at > 0) {
      text += ' '
      breaks.push(text.length)
    }
    text += line.trimEnd()
  }
  return [{ text, tight: false, from, to: from + own.length - 1, breaks }]
}

function list(own: readonly string[], from: number): Block[] | undefined {
  const marker = /^(?:[-*+]|(\d{1,9})([.)])) /.exec(own[0] ?? '')
  if (!marker) return undefined
  const blocks: Block[] = []
  const [all, start, sign] = marker
  for (const [at, line] of own.entries()) {
    const mark = start === undefined ? all : `${Number(start) + at}${sign} `
    const text = line.slice(mark.length)
    if (!line.startsWith(mark) || !plain(text)) return undefined
    const shown = start === undefined ? '- ' : `${Number(start) + at}. `
    blocks.push({ text: shown + text.trimEnd(), tight: at > 0, from: from + at, to: from + at, breaks: [] })
  }
  return blocks
}
