/** A row that is not blank: its number in the original and its cells from the first column on. */
export interface RawRow {
  number: number
  cells: readonly string[]
  /** Of merged cells, what lies in this row: the columns they take, and whether their value stands in a row above. */
  merged?: readonly { from: number; to: number; above: boolean }[]
}

export interface Header {
  /** Place of its first line among the rows; the rows before it are not the table's. */
  at: number
  /** Behind its last line. */
  end: number
  /** From the first column of the sheet on. */
  names: readonly string[]
}

const longestName = 100

const value =
  /^(?:[-+(]?\s?[€$£]?\s?\d[\d\s.,'’]*(?:e[-+]?\d+)?\s?[%€$£)]?|\d{4}-\d\d-\d\d(?:[ T][\d:.]+Z?)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|true|false|#[A-Z/0!?]+)$/i
const year = /^(?:19|20|21)\d\d$/
export const isValue = (cell: string): boolean => value.test(cell.trim())
const isName = (cell: string) => cell.trim() !== '' && (!isValue(cell) || year.test(cell.trim()))
const filled = (cells: readonly string[]) => cells.reduce((sum, cell) => sum + (cell.trim() === '' ? 0 : 1), 0)
const columnOf = (rows: readonly RawRow[], column: number) =>
  rows.map((row) => (row.cells[column] ?? '').trim()).filter((cell) => cell !== '')

/** The header among the first rows of a block; undefined when none looks like one. */
export function findHeader(rows: readonly RawRow[]): Header | undefined {
  for (let at = 0; at < Math.min(rows.length - 1, 10); at++) {
    const names = joinedNames(rows, at)
    if (names) return { at, end: at + 2, names }
    const cells = (rows[at]?.cells ?? []).map((cell) => cell.trim()).filter((cell) => cell !== '')
    const below = rows
      .slice(at + 1)
      .map((row) => filled(row.cells))
      .sort((a, b) => a - b)
    const usual = below[below.length >> 1] ?? 0
    if (cells.length < usual * 0.6) continue
    if (!areNames(cells)) return undefined
    // A list of sentences in one column has no header.
    if (usual <= 1 && (cells.length > 1 || /[.!?]$|.{41}/.test(cells[0] ?? ''))) return undefined
    return { at, end: at + 1, names: (rows[at]?.cells ?? []).map((cell) => cell.trim()) }
  }
  return undefined
}

function areNames(cells: readonly string[]): boolean {
  if (!cells.every(isName) || cells.every(isValue)) return false
  return cells.every((cell) => cell.length <= longestName) && new Set(cells).size >= cells.length * 0.7
}

/** Whether a column that holds values has a name in this row, which so cannot be one of the values. */
export function isEvident(rows: readonly RawRow[], at: number): boolean {
  return (rows[at]?.cells ?? []).some(
    (name, column) => name.trim() !== '' && !isValue(name) && holdsValues(rows.slice(at + 1), column),
  )
}

function holdsValues(rows: readonly RawRow[], column: number): boolean {
  const cells = columnOf(rows, column)
  return cells.length > 0 && cells.filter(isValue).length > cells.length / 2
}

/**
 * The names of the columns where two lines make them: the first names groups of columns, by merged cells or with gaps
 * behind the names, the second the columns within: "Planned" over "Q1" and "Q2". Undefined where the second line may as
 * well be the first row.
 */
function joinedNames(rows: readonly RawRow[], at: number): string[] | undefined {
  const [first, second] = [rows[at], rows[at + 1]]
  const below = rows.slice(at + 2)
  if (!first || !second || below.length === 0 || second.number !== first.number + 1) return undefined
  if (second.cells.some((cell) => cell.trim() !== '' && !isName(cell))) return undefined
  const width = Math.max(first.cells.length, second.cells.length)
  const groups = groupsOf(first, width).filter(({ from, to }) => filled(second.cells.slice(from, to + 1)) >= 2)
  if (groups.length === 0) return undefined
  // One name over everything is a title, not a name of columns.
  if (filled(first.cells) < 2 && !columnOf([second], 0).some(() => (groups[0]?.from ?? 0) > 0)) return undefined
  const inside = groups.map(({ from, to }) => second.cells.slice(from, to + 1).map((cell) => cell.trim()))
  const repeats = inside.length > 1 && new Set(inside.map((names) => names.join('\n'))).size === 1
  const reachDown = second.merged?.some((range) => range.above) === true
  const overValues = groups.every(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, column) => from + column).every(
      (column) =>
        (second.cells[column] ?? '') === '' || columnOf(below, column).length === 0 || holdsValues(below, column),
    ),
  )
  if (!repeats && !reachDown && !overValues) return undefined
  const names = Array.from({ length: width }, (_, column) => {
    const group = groups.find(({ from, to }) => column >= from && column <= to)
    const upper = (first.cells[group?.from ?? column] ?? '').trim()
    const lower = (second.cells[column] ?? '').trim()
    return upper === lower ? upper : `${upper} ${lower}`.trim()
  })
  return areNames(names.filter((name) => name !== '')) ? names : undefined
}

/** What each text of a line stands over: its merged cells, else itself and the gap behind it. */
function groupsOf({ cells, merged }: RawRow, width: number): { from: number; to: number }[] {
  const starts = cells.flatMap((cell, column) => (cell.trim() === '' ? [] : [column]))
  return starts.map((from, place) => {
    const range = merged?.find((one) => one.from === from)
    return { from, to: range ? Math.min(range.to, width - 1) : (starts[place + 1] ?? width) - 1 }
  })
}

const mostKeys = 3

/**
 * How many of the columns from `left` on say whose row it is: as many as it takes for rows to differ, and the texts beside
 * them, since people say a name and not a number.
 */
export function keyColumns(rows: readonly RawRow[], left: number): number {
  const keyOf = (count: number) => rows.map((row) => row.cells.slice(left, left + count).join('\n'))
  let count = 1
  while (count < mostKeys && new Set(keyOf(count)).size < rows.length) count++
  const isText = (column: number) => {
    const cells = columnOf(rows, left + column)
    return cells.length > 0 && !holdsValues(rows, left + column)
  }
  for (let column = mostKeys - 1; column >= count; column--) if (isText(column)) return column + 1
  return count
}
