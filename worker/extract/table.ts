import type { Row, Table } from '../chunk/rows.ts'
import { type FormLine, formLines } from './form.ts'
import { findHeader, isEvident, keyColumns, type RawRow } from './header.ts'

/** Rows looked at before it is decided which one is the header. */
const lookahead = 20
/** What stands before each value of a form, in characters. */
const longestKey = 100

export interface TableOptions {
  section: readonly string[]
  /** `columns` are counted from the first column of the sheet. */
  locate: Table['locate']
  nextUnit: () => number
}

/**
 * Finds the tables in a sheet's rows: blocks between blank rows, each with a header where its first rows have one.
 * Rows above the header, and blocks that merely go on after a gap, keep their place and number. The header itself, of
 * one line or two, is shown with every row, is not counted as one and stands in no locator. A block that is a form, with
 * values beside their labels, has no header: each of its values is a line with its label, and is found where it stands.
 */
export function createTables({ section, locate, nextUnit }: TableOptions) {
  let held: RawRow[] = []
  let current: { table: Table; left: number } | undefined
  let last = 0

  const newTable = (left: number, header?: readonly string[], keys?: number) => {
    const table: Table = {
      section,
      header,
      keys,
      locate: (rows, columns) => locate(rows, { from: columns.from + left, to: columns.to + left }),
    }
    return { table, left }
  }
  const toRow = (row: RawRow): Row => {
    const first = row.cells.findIndex((cell) => cell.trim() !== '')
    if (!current || first < current.left) {
      const missing = current ? current.left - first : 0
      const { header, keys = 1 } = current?.table ?? {}
      current = newTable(first, header && [...Array<string>(missing).fill(''), ...header], keys + missing)
    }
    const { table, left } = current
    const cells = (table.header ? spread(row, left + table.header.length) : row.cells).slice(left)
    return { kind: 'row', unit: nextUnit(), table, number: row.number, cells }
  }
  const leftOf = (rows: readonly RawRow[]) =>
    Math.min(...rows.map((row) => row.cells.findIndex((cell) => cell.trim() !== '')))

  /** The lines of a form, a table for each column of values; what comes first says whose the others are. */
  const toForm = (lines: readonly FormLine[][]): Row[] => {
    const units = new Map<number, number>()
    const first = lines[0]?.[0]
    current = undefined
    return lines.flatMap((own) => {
      const tables = new Map<number, Table>()
      return own.map((line): Row => {
        const { number, column, text } = line
        const unit = units.get(number) ?? nextUnit()
        units.set(number, unit)
        const table = tables.get(column) ?? { section, locate: (rows) => locate(rows, { from: column, to: column }) }
        tables.set(column, table)
        const whose = first && line !== first && first.text.length <= longestKey ? [first.text] : []
        return { kind: 'row', unit, table, number, cells: [...whose, text] }
      })
    })
  }

  /** Decides on the rows held so far, which begin a block. */
  const decide = (): Row[] => {
    const rows = held
    held = []
    if (rows.length === 0) return []
    const found = findHeader(rows)
    const left = leftOf(rows)
    const known = current?.table.header
    const fits =
      known !== undefined && current?.left === left && rows.every((row) => row.cells.length - left <= known.length)
    const form = fits && rows.length < 2 ? undefined : formLines(rows)
    if (form) return toForm(form)
    if (!found || (fits && !isEvident(rows, found.end - 1))) {
      if (!fits) current = newTable(left, undefined, keyColumns(rows, left))
      return rows.map(toRow)
    }
    const above = rows.slice(0, found.at)
    if (above.length > 0) current = newTable(leftOf(above))
    const items = above.map(toRow)
    const names = found.names.slice(left)
    const below = rows.slice(found.end)
    current = newTable(left, names, keyColumns(below, left))
    return [...items, ...below.map(toRow)]
  }

  let deciding = true
  return {
    add(row: RawRow): Row[] {
      const done: Row[] = []
      if (last > 0 && row.number > last + 1) {
        done.push(...decide())
        deciding = true
      }
      last = row.number
      if (!deciding) return [...done, toRow(row)]
      held.push(row)
      if (held.length >= lookahead) {
        done.push(...decide())
        deciding = false
      }
      return done
    },
    end: decide,
  }
}

/** The cells of a row up to the column `end`, merged ones with their value in each; a text over the whole row stays one. */
function spread({ cells, merged }: RawRow, end: number): readonly string[] {
  const wide = merged?.filter(({ from, to }) => to > from && (cells[from] ?? '') !== '')
  if (!wide || wide.length === 0) return cells
  const own = [...cells]
  for (const { from, to } of wide) {
    if (cells.every((cell, column) => cell === '' || (column >= from && column <= to))) continue
    for (let column = from + 1; column <= Math.min(to, end - 1); column++) {
      while (own.length < column) own.push('')
      own[column] = cells[from] ?? ''
    }
  }
  return own
}
