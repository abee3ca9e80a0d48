/** The cells of one line of a `rows` chunk: ` | ` stands between them, and a bar inside a cell is written `\|`. */
export function splitCells(line: string): string[] {
  return line.split(' | ').map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** One row as people read it: `Header: value; …`, without its empty cells. Without a header, the values alone. */
export function describeRow(header: readonly string[], cells: readonly string[]): string {
  const shown: string[] = []
  cells.forEach((cell, column) => {
    const name = header[column] ?? ''
    if (cell !== '') shown.push(name === '' ? cell : `${name}: ${cell}`)
  })
  return shown.join('; ')
}
