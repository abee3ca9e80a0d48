import { countTokens } from '../../shared/text/tokens.ts'
import { cut, cutWord } from './cut.ts'
import type { Chunking, Draft } from './draft.ts'

/** What the rows of one table have in common. */
export interface Table {
  section: readonly string[]
  /** The names of the columns, from the first column of the table on; undefined when there are none. */
  header?: readonly string[]
  /** Where a block of cells opens: numbers of its rows, columns counted from 0 at the first of the table. */
  locate(rows: { from: number; to: number }, columns: { from: number; to: number }): string
}

/** One row of a table, as text. */
export interface Row {
  kind: 'row'
  unit: number
  table: Table
  /** Its number in the original, where people find it. */
  number: number
  cells: readonly string[]
}

const between = ' | '
const lastFilled = (cells: readonly string[]) => cells.findLastIndex((cell) => cell !== '')

/** One line for one cell; a bar in it is marked, so that lines can be taken apart again. */
const oneLine = (cell: string) =>
  cell.includes('|') || /\s\s|[\n\r\t\v\f]/.test(cell)
    ? cell.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()
    : cell.trim()

interface Group {
  from: number
  /** Behind the last column; the last group has no end. */
  end: number
  header: string
  lines: { text: string; number: number; unit: number; width: number }[]
  tokens: number
}

export interface RowPacker {
  add(row: Row): Draft[]
  end(): Draft[]
}

/**
 * Packs rows into chunks: a line with the header, then a line for each row. Tables whose header would fill a chunk are
 * divided into groups of columns, each with its part of the header. A row that is larger than a chunk goes over several,
 * cut behind cells or words, each with its number.
 */
export function createRowPacker({ tokens }: Pick<Chunking, 'tokens'>): RowPacker {
  let table: Table | undefined
  let groups: Group[] = []

  const flush = (): Draft[] => {
    const drafts: Draft[] = []
    for (const group of groups) {
      if (table && group.lines.length > 0) drafts.push(draft(table, group))
      group.lines = []
      group.tokens = countTokens(group.header)
    }
    return drafts
  }

  return {
    add(row) {
      const drafts: Draft[] = []
      if (row.table !== table) {
        drafts.push(...flush())
        table = row.table
        groups = columnGroups(row.table, tokens)
      }
      const cells = row.cells.map(oneLine)
      const lines = groups.map((group) => {
        const own = cells.slice(group.from, group.end)
        const width = lastFilled(own) + 1
        return { text: own.slice(0, width).join(between), width, cost: 0, own }
      })
      for (const line of lines) line.cost = countTokens(`\n${line.text}`)
      if (groups.some((group, at) => group.tokens + (lines[at]?.cost ?? 0) > tokens)) drafts.push(...flush())
      for (const [at, group] of groups.entries()) {
        const line = lines[at]
        if (!line || line.width === 0) continue
        const texts = group.tokens + line.cost <= tokens ? [line.text] : split(line.own, tokens - group.tokens - 1)
        for (const [part, text] of texts.entries()) {
          if (part > 0) drafts.push(...flush())
          group.lines.push({ text, number: row.number, unit: row.unit, width: line.width })
          group.tokens += countTokens(`\n${text}`)
        }
      }
      return drafts
    },
    end: flush,
  }
}

function columnGroups(table: Table, tokens: number): Group[] {
  const cells = (table.header ?? []).map(oneLine)
  const groups: Group[] = []
  let from = 0
  for (const [at] of cells.entries()) {
    if (at > from && countTokens(cells.slice(from, at + 1).join(between)) > tokens / 3) {
      groups.push({ from, end: at, header: cells.slice(from, at).join(between), lines: [], tokens: 0 })
      from = at
    }
  }
  groups.push({ from, end: Number.POSITIVE_INFINITY, header: cells.slice(from).join(between), lines: [], tokens: 0 })
  for (const group of groups) group.tokens = countTokens(group.header)
  return groups
}

/** The parts of a row that is larger than `room` tokens. Cells go on in their own column. */
function split(cells: readonly string[], room: number): string[] {
  const texts: string[] = []
  let text = ''
  for (const [column, cell] of cells.entries()) {
    const indent = countTokens(between.repeat(column)) * 2 <= room ? between.repeat(column) : ''
    const longer = column === 0 ? cell : `${text}${between}${cell}`
    if (countTokens(longer) <= room) {
      text = longer
      continue
    }
    if (text.replaceAll(between, '').trim() !== '') texts.push(text)
    text = indent
    let rest = cell
    while (countTokens(indent + rest) > room) {
      const space = room - countTokens(indent) - 1
      const length = cut(rest, space) || cutWord(rest, space)
      texts.push(indent + rest.slice(0, length).trim())
      rest = rest.slice(length).trim()
    }
    text = indent + rest
  }
  if (text.replaceAll(between, '').trim() !== '') texts.push(text)
  return texts
}

function draft(table: Table, group: Group): Draft {
  const numbers = group.lines.map((line) => line.number)
  const width = Math.max(...group.lines.map((line) => line.width))
  const lines = group.lines.map((line) => line.text)
  const named = group.header !== ''
  return {
    kind: 'rows',
    text: (named ? [group.header, ...lines] : lines).join('\n'),
    section: [...table.section],
    locator: table.locate(
      { from: Math.min(...numbers), to: Math.max(...numbers) },
      { from: group.from, to: group.from + width - 1 },
    ),
    rowNumbers: numbers,
    ...(named ? {} : { headerless: true as const }),
    units: group.lines.map((line) => line.unit),
  }
}
