import { countTokens } from '../../shared/text/tokens.ts'
import type { Chunking, Draft } from './draft.ts'
import { between, type ColumnGroup, columnGroups, repeatedKeys, splitRow } from './wide-rows.ts'

/** What the rows of one table have in common. */
export interface Table {
  section: readonly string[]
  /** The names of the columns, from the first column of the table on; undefined when there are none. */
  header?: readonly string[]
  /** How many of its first columns say whose row it is; they stand in every chunk of a row that is divided. */
  keys?: number
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

const lastFilled = (cells: readonly string[]) => cells.findLastIndex((cell) => cell !== '')

/** One line for one cell; a bar in it is marked, so that lines can be taken apart again. */
const oneLine = (cell: string) =>
  cell.includes('|') || /\s\s|[\n\r\t\v\f]/.test(cell)
    ? cell.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()
    : cell.trim()

interface Group extends ColumnGroup {
  lines: { text: string; number: number; unit: number; width: number }[]
  tokens: number
}

export interface RowPacker {
  add(row: Row): Draft[]
  end(): Draft[]
}

/**
 * Packs rows into chunks: a line with the header, then a line for each row. Tables whose header would fill a chunk are
 * divided into groups of columns, each with its part of the header, and each with the key columns before it: a value
 * says nothing without whose it is. A row that is larger than a chunk goes over several, cut behind cells or words, each
 * with its number and keys. A locator names the cells that a chunk is there for, without the keys that it repeats.
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
        groups = columnGroups((row.table.header ?? []).map(oneLine), row.table.keys ?? 0, tokens).map((group) => ({
          ...group,
          lines: [],
          tokens: countTokens(group.header),
        }))
      }
      const cells = row.cells.map(oneLine)
      const repeated = repeatedKeys(cells, groups.at(-1)?.repeated ?? 0, tokens)
      const lines = groups.map((group) => {
        const own = cells.slice(group.from, group.end)
        const width = lastFilled(own) + 1
        const keys = group.repeated > 0 ? repeated : []
        return { text: [...keys, ...own.slice(0, width)].join(between), width, cost: 0, keys, own }
      })
      for (const line of lines) line.cost = countTokens(`\n${line.text}`)
      if (groups.some((group, at) => group.tokens + (lines[at]?.cost ?? 0) > tokens)) drafts.push(...flush())
      for (const [at, group] of groups.entries()) {
        const line = lines[at]
        if (!line || line.width === 0) continue
        const texts =
          group.tokens + line.cost <= tokens
            ? [line.text]
            : splitRow(line, row.table.keys ?? 0, tokens - group.tokens - 1)
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
