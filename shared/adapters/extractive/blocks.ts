import type { Source } from '../../ports/chat-model.ts'
import { describeRow, splitCells } from '../../text/cells.ts'

/** A value of a row, and what its column is called. */
export interface Cell {
  name: string
  value: string
}

/** A part of a source that is looked at as one: a paragraph, an item of a list, a row of a table. */
export interface Block {
  kind: 'prose' | 'row'
  text: string
  /** What stands above it and says what it is about: headings, the question of an FAQ, the header of its table. */
  context: string
  /** Of a row: its values. The names of the columns are in every row, so they are no words of its own. */
  cells?: readonly Cell[]
}

const listItem = /^\s*(?:[-*+•–]|\d{1,3}[.)]|[a-z][.)]|\([a-z\d]{1,3}\))\s+/i
const numberedHeading = /^\d{1,2}(?:\.\d{1,2})*\.?\s+\p{Lu}\p{L}+(?:\s+\p{L}+){0,2}$/u
const markdownHeading = /^#{1,6}\s/
const tableRule = /^\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*$/
const sentenceEnd = /[.!?:;…。！？]["'”’»)\]]*$/
/** A list that belongs to the line above it is quoted with that line up to this length. */
const longestList = 600

/** The blocks of a source in their order. Headings are no blocks: they are the context of what follows. */
export function blocksOf(source: Source): Block[] {
  const about = [source.title, ...source.section].join('\n')
  if (source.kind === 'rows') return rowBlocks(source, about)
  const blocks: Block[] = []
  const headings = new Set(source.section)
  let heading = ''
  let asked = ''
  for (const paragraph of source.text.split(/\n\s*\n/)) {
    const { prose, table } = apart(paragraph.split('\n'))
    for (const text of foldLines(prose, headings)) {
      const last = blocks.at(-1)
      if (introduces(last, text)) {
        last.text = `${last.text}\n${text}`
      } else if (isHeading(text, headings)) {
        heading = text.replace(markdownHeading, '')
        asked = ''
      } else if (text.endsWith('?')) {
        asked = text
      } else {
        blocks.push({ kind: 'prose', text, context: [about, heading, asked].join('\n') })
      }
    }
    blocks.push(...tableBlocks(table, [about, heading].join('\n')))
  }
  return blocks
}

/** Whether a text belongs to the block before it, which ends in a colon: a command, a short list. */
function introduces(last: Block | undefined, text: string): last is Block {
  return last?.kind === 'prose' && /:$/.test(last.text) && last.text.length + text.length < longestList
}

/** The lines of a paragraph that are a table of two rows or more, and the others. */
function apart(lines: readonly string[]): { prose: string[]; table: string[] } {
  const table = lines.filter((line) => isTableLine(line.trim()) && !tableRule.test(line))
  return table.length < 2
    ? { prose: [...lines], table: [] }
    : { prose: lines.filter((line) => !table.includes(line)), table }
}

function tableBlocks([first, ...rows]: readonly string[], about: string): Block[] {
  if (first === undefined) return []
  const cellsOf = (line: string) => splitCells(line.trim().replace(/^\|\s*|\s*\|$/g, ''))
  const header = cellsOf(first)
  return rows.map((row) => rowBlock(header, cellsOf(row), `${about}\n${first}`))
}

function rowBlocks(source: Source, about: string): Block[] {
  const lines = source.text.split('\n').filter((line) => line.trim() !== '')
  const first = source.headerless ? undefined : lines.shift()
  const header = first === undefined ? [] : splitCells(first)
  const context = `${about}\n${first ?? ''}`
  return lines.map((line) => rowBlock(header, splitCells(line), context))
}

function rowBlock(header: readonly string[], values: readonly string[], context: string): Block {
  const cells = values.map((value, column) => ({ name: header[column] ?? '', value }))
  return { kind: 'row', text: describeRow(header, values), context, cells }
}

/** Joins the lines that were only wrapped, and a short list to the line that introduces it. */
function foldLines(lines: readonly string[], headings: ReadonlySet<string>): string[] {
  const folded: string[] = []
  const width = lines.reduce((longest, line) => Math.max(longest, line.length), 0)
  let former = ''
  for (const raw of lines) {
    const line = raw.trim()
    if (line === '' || tableRule.test(line)) continue
    const last = folded.at(-1)
    if (
      last !== undefined &&
      listItem.test(line) &&
      /:$/.test(last.split('\n')[0] ?? '') &&
      last.length + line.length < longestList
    )
      folded[folded.length - 1] = `${last}\n${line}`
    else if (last !== undefined && continues(former, line, width, headings))
      folded[folded.length - 1] = `${last} ${line}`
    else folded.push(line)
    former = line
  }
  return folded
}

/** Whether a line goes on with the sentence of the one above it. A short line that a capital follows is a heading. */
function continues(former: string, line: string, width: number, headings: ReadonlySet<string>): boolean {
  if (isTableLine(line) || isTableLine(former)) return false
  // "(36) months" in the middle of a sentence looks like an item of a list.
  if (listItem.test(line))
    return /^[(\d]/.test(line) && !sentenceEnd.test(former) && former.length > width * 0.8 && former.length > 40
  if (markdownHeading.test(former) || markdownHeading.test(line) || headings.has(former) || headings.has(line))
    return false
  if (/^\p{Ll}/u.test(line)) return true
  if (sentenceEnd.test(former)) return former.length > width * 0.7 && !former.endsWith(':') && !former.endsWith('?')
  return former.length > width * 0.6 && former.length > 40
}

const isTableLine = (line: string): boolean => line.startsWith('|') || line.includes(' | ')

function isHeading(text: string, headings: ReadonlySet<string>): boolean {
  if (markdownHeading.test(text) || headings.has(text)) return true
  if (numberedHeading.test(text)) return true
  if (sentenceEnd.test(text) || listItem.test(text) || isTableLine(text) || /\d{2,}|: /.test(text)) return false
  return text.length <= 60 && text.split(/\s+/).length <= 7
}
