import { isEvident, isValue, type RawRow } from './header.ts'

/** A value of a form with its label, as a line. */
export interface FormLine {
  number: number
  /** Where the value stands, or the label that has none. */
  column: number
  text: string
}

const mostRows = 15
const longestLabel = 60
const labelled = /[:：]$/

/**
 * The lines of a block that is a form: labels beside their values, in pairs of columns. Those of one pair of columns
 * come together. Undefined for a table, and for what may be one.
 */
export function formLines(rows: readonly RawRow[]): FormLine[][] | undefined {
  if (rows.length > mostRows) return undefined
  const pairs = pairsOf(rows)
  if (!pairs) return undefined
  const labels = pairs.flatMap(({ label }) => rows.map((row) => at(row, label)).filter((cell) => cell !== ''))
  if (labels.some((cell) => isValue(cell) || cell.length > longestLabel)) return undefined
  if (new Set(labels).size < labels.length) return undefined
  const marked = labels.filter((cell) => labelled.test(cell)).length
  // Without colons only columns that stand apart show that the texts on the left belong to those on the right.
  if (marked * 2 <= labels.length && (rows.length < 2 || pairs.length < 2 || isEvident(rows, 0))) return undefined
  return pairs.map(({ label, value }) => rows.flatMap((row) => toLine(row, label, value)))
}

const at = (row: RawRow, column: number) => (row.cells[column] ?? '').trim()

function toLine(row: RawRow, label: number, value: number): FormLine[] {
  const [name, content] = [at(row, label), at(row, value)]
  if (name === '' && content === '') return []
  if (name === '' || content === '')
    return [{ number: row.number, column: name === '' ? value : label, text: name + content }]
  return [{ number: row.number, column: value, text: `${name.replace(labelled, '').trim()}: ${content}` }]
}

/** The pairs of columns that all cells stand in; undefined when they do not stand in pairs. */
function pairsOf(rows: readonly RawRow[]): { label: number; value: number }[] | undefined {
  const width = Math.max(...rows.map((row) => row.cells.length))
  const pairs: { label: number; value: number }[] = []
  let run = 0
  for (let column = 0; column <= width; column++) {
    if (rows.some((row) => at(row, column) !== '')) {
      run++
      continue
    }
    if (run !== 0 && run !== 2) return undefined
    if (run === 2) pairs.push({ label: column - 2, value: column - 1 })
    run = 0
  }
  return pairs
}
