/** `A` for 0, `AA` for 26. */
export function columnName(column: number): string {
  let name = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name
  }
  return name
}

/** The column (from 0) and row (from 1) of a reference such as `B12`. */
export function parseCell(reference: string): { column: number; row: number } | undefined {
  const match = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/.exec(reference)
  if (!match?.[1] || !match[2]) return undefined
  let column = 0
  for (const letter of match[1]) column = column * 26 + letter.charCodeAt(0) - 64
  return { column: column - 1, row: Number(match[2]) }
}

const lastColumn = 16_384
const lastRow = 1_048_576

/** A sheet's name as it stands in a formula: in apostrophes where Excel would set them. */
export function sheetName(name: string): string {
  const cell = parseCell(name.toUpperCase())
  const looksLikeCell = cell !== undefined && cell.column < lastColumn && cell.row >= 1 && cell.row <= lastRow
  const plain =
    /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) &&
    !looksLikeCell &&
    !/^(?:rc?|c|r\d+(?:c\d*)?|c\d+|rc\d+|true|false)$/i.test(name)
  return plain ? name : `'${name.replaceAll("'", "''")}'`
}

/** `Sheet1!A12:F18`, or `Sheet1!A12` for one cell. Rows count from 1, columns from 0. */
export function cellRange(
  sheet: string,
  rows: { from: number; to: number },
  columns: { from: number; to: number },
): string {
  const first = `${columnName(columns.from)}${rows.from}`
  const last = `${columnName(Math.max(columns.from, columns.to))}${rows.to}`
  return `${sheetName(sheet)}!${first === last ? first : `${first}:${last}`}`
}
