import { type Line, unweave } from './pdf-columns.ts'

/** A run of text as pdf.js gives it. */
export interface TextRun {
  str: string
  /** The matrix that puts it on the page. */
  transform: readonly number[]
  width: number
}

export interface Paragraph {
  text: string
  size: number
}

const bullet = /^(?:[-–•◦▪*]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s)/
const sentenceEnd = /[.!?:]["'”’)]?$/

/** A gap of this many heights of letters may be one between columns; within a line of text it is rare. */
const wideGap = 1

/** The lines of a page in the order of its content, which is the order of reading in nearly all documents. */
function toLines(runs: readonly TextRun[]): Line[] {
  const lines: Line[] = []
  let line: Line | undefined
  for (const { str, transform, width } of runs) {
    if (str.trim() === '') {
      if (line && str !== '' && !line.text.endsWith(' ')) line.text += ' '
      continue
    }
    const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = transform
    const upright = Math.abs(a) >= Math.abs(b)
    const [x, y] = upright ? [e, f] : [f, -e]
    const size = Math.hypot(c, d) || 1
    if (line && Math.abs(y - line.y) <= Math.max(size, line.size) * 0.5 && x >= line.end - size) {
      const spaced = line.text.endsWith(' ') && !line.parts.at(-1)?.text.endsWith(' ')
      const apart = x - line.end > size * 0.15 && !line.text.endsWith(' ') && !str.startsWith(' ')
      const glue = apart ? (x - line.end > size * 2 ? '  ' : ' ') : ''
      line.text += glue + str
      const part = line.parts.at(-1)
      if (part && x - line.end <= size * wideGap)
        Object.assign(part, { text: part.text + (spaced || apart ? ' ' : '') + str, end: x + width })
      else line.parts.push({ text: str, x, end: x + width })
      line.end = x + width
      continue
    }
    line = { text: str, x, end: x + width, y, size, parts: [{ text: str, x, end: x + width }] }
    lines.push(line)
  }
  for (const one of lines) one.text = one.text.trim()
  return lines
}

/** The distance of two lines above which a new paragraph begins: well above what most lines have, never huge. */
function paragraphGap(lines: readonly Line[]): (size: number) => number {
  const gaps = lines
    .slice(1)
    .map((line, at) => ((lines[at]?.y ?? 0) - line.y) / line.size)
    .filter((gap) => gap > 0.5)
    .sort((a, b) => a - b)
  const usual = gaps[gaps.length >> 2] ?? 1.2
  return (size) => Math.min(usual * 1.35, 1.9) * size
}

/**
 * The paragraphs of one page, rebuilt from where its text stands: lines that fill the column are joined, hyphens at
 * their ends removed, short lines (addresses, rows of tables) stay lines.
 */
export function toParagraphs(runs: readonly TextRun[]): Paragraph[] {
  const lines = unweave(toLines(runs))
  const gap = paragraphGap(lines)
  const right = Math.max(...lines.map((line) => line.end))
  const left = Math.min(...lines.map((line) => line.x))
  const isFull = ({ end, column = { left, right } }: Line) => end > column.right - (column.right - column.left) * 0.15
  const paragraphs: Paragraph[] = []
  let before: Line | undefined
  for (const line of lines) {
    const last = paragraphs.at(-1)
    if (last && before && continues(before, line, gap(line.size), isFull))
      last.text = join(last.text, line.text, isFull(before))
    else paragraphs.push({ text: line.text, size: line.size })
    before = line
  }
  return paragraphs
}

function continues(before: Line, line: Line, gap: number, isFull: (line: Line) => boolean): boolean {
  if (Math.abs(before.size - line.size) > before.size * 0.12 || bullet.test(line.text)) return false
  const runsOn = !sentenceEnd.test(before.text) && /^\p{Ll}/u.test(line.text)
  const down = before.y - line.y
  // Up again: the next column.
  if (down < 0) return runsOn
  if (down > gap) return runsOn && isFull(before)
  return isFull(before) || !sentenceEnd.test(before.text) || runsOn
}

function join(text: string, next: string, full: boolean): string {
  if (text.endsWith('\u00ad')) return text.slice(0, -1) + next
  if (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(next)) return text.slice(0, -1) + next
  return `${text}${full ? ' ' : '\n'}${next}`
}
