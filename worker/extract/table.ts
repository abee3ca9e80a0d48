import type { Row, Table } from '../chunk/rows.ts'

/** A row that is not blank: its number in the original and its cells from the first column on. */
export interface RawRow {
  number: number
  cells: readonly string[]
}

/** Rows looked at before it is decided which one is the header. */
const lookahead = 20
const longestName = 100

const value =
  /^(?:[-+(]?\s?[€$£]?\s?\d[\d\s.,'’]*(?:e[-+]?\d+)?\s?[%€$£)]?|\d{4}-\d\d-\d\d(?:[ T][\d:.]+Z?)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|true|false|#[A-Z/0!?]+)$/i
const year = /^(?:19|20|21)\d\d$/
const isValue = (cell: string) => value.test(cell.trim())
const filled = (cells: readonly string[]) => cells.reduce((sum, cell) => sum + (cell.trim() === '' ? 0 : 1), 0)

/** The place of the header among the first rows of a block; -1 when none looks like one. */
export function headerIndex(rows: readonly RawRow[]): number {
  for (let at = 0; at < Math.min(rows.length - 1, 10); at++) {
    const cells = (rows[at]?.cells ?? []).map((cell) => cell.trim()).filter((cell) => cell !== '')
    const below = rows
      .slice(at + 1)
      .map((row) => filled(row.cells))
      .sort((a, b) => a - b)
    const usual = below[below.length >> 1] ?? 0
    if (cells.length < usual * 0.6) continue
    const names = cells.filter((cell) => !isValue(cell))
    if (names.length === 0 || cells.some((cell) => isValue(cell) && !year.test(cell))) return -1
    if (cells.some((cell) => cell.length > longestName) || new Set(cells).size < cells.length * 0.7) return -1
    // A list of sentences in one column has no header.
    if (usual <= 1 && (cells.length > 1 || /[.!?]$|.{41}/.test(cells[0] ?? ''))) return -1
    return at
  }
  return -1
}

/** Whether a column that holds values has a name in this row, which so cannot be one of the values. */
function isEvident(rows: readonly RawRow[], at: number): boolean {
  const below = rows.slice(at + 1)
  return (rows[at]?.cells ?? []).some((name, column) => {
    if (name.trim() === '' || isValue(name)) return false
    const cells = below.map((row) => row.cells[column] ?? '').filter((cell) => cell.trim() !== '')
    return cells.length > 0 && cells.filter(isValue).length > cells.length / 2
  })
}

export interface TableOptions {
  section: readonly string[]
  /** `columns` are counted from the first column of the sheet. */
  locate: Table['locate']
  nextUnit: () => number
}

/**
 * Finds the tables in a sheet's rows: blocks between blank rows, each with a header where its first rows have one.
 * Rows above the header, and blocks that merely go on after a gap, keep their place and number. The header itself is
 * shown with every row and is not counted as one.
 */
export function createTables({ section, locate, nextUnit }: TableOptions) {
  let held: RawRow[] = []
  let current: { table: Table; left: number } | undefined
  let last = 0

  const newTable = (left: number, header?: readonly string[]) => {
    const table: Table = {
      section,
      header,
      locate: (rows, columns) => locate(rows, { from: columns.from + left, to: columns.to + left }),
    }
    return { table, left }
  }
  const toRow = (row: RawRow): Row => {
    const first = row.cells.findIndex((cell) => cell.trim() !== '')
    if (!current || first < current.left) {
      const missing = current ? current.left - first : 0
      const header = current?.table.header
      current = newTable(first, header && [...Array<string>(missing).fill(''), ...header])
    }
    return {
      kind: 'row',
      unit: nextUnit(),
      table: current.table,
      number: row.number,
      cells: row.cells.slice(current.left),
    }
  }
  const leftOf = (rows: readonly RawRow[]) =>
    Math.min(...rows.map((row) => row.cells.findIndex((cell) => cell.trim() !== '')))

  /** Decides on the rows held so far, which begin a block. */
  const decide = (): Row[] => {
    const rows = held
    held = []
    if (rows.length === 0) return []
    const at = headerIndex(rows)
    const left = leftOf(rows)
    const known = current?.table.header
    const fits =
      known !== undefined && current?.left === left && rows.every((row) => row.cells.length - left <= known.length)
    if (at < 0 || (fits && !isEvident(rows, at))) {
      if (!fits) current = newTable(left)
      return rows.map(toRow)
    }
    const above = rows.slice(0, at)
    if (above.length > 0) current = newTable(leftOf(above))
    const items = above.map(toRow)
    const header = rows[at]?.cells.slice(left).map((cell) => cell.trim())
    current = newTable(left, header)
    return [...items, ...rows.slice(at + 1).map(toRow)]
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
