const cells = /^(.*!)?([A-Z]{1,3})\d+(?::([A-Z]{1,3})\d+)?$/s
const rows = /^rows? \d+(?:-\d+)?(.*)$/s
/** More pieces than this would not be easier to find than the whole stretch. */
const mostPieces = 3

/**
 * The locator of a block of rows, narrowed to some of them: `Sheet1!A12:F18` to `Sheet1!A14:F14`, `rows 12-18` to
 * `row 14`. `positions` count the block's rows from 0, ascending; `numbers` are the rows' numbers in the original.
 * Anything but rows stays as it is.
 */
export function narrowLocator(locator: string, numbers: readonly number[], positions: readonly number[]): string {
  const pieces = stretches(positions)
  const first = positions[0]
  const last = positions.at(-1)
  if (first === undefined || last === undefined || positions.length === numbers.length) return locator
  const chosen = pieces.length > mostPieces ? [{ from: first, to: last }] : pieces
  const named: string[] = []
  for (const piece of chosen) {
    const from = numbers[piece.from]
    const to = numbers[piece.to]
    const one = from === undefined || to === undefined ? undefined : locate(locator, from, to)
    if (one === undefined) return locator
    named.push(one)
  }
  return named.join(', ')
}

function locate(locator: string, from: number, to: number): string | undefined {
  const block = cells.exec(locator)
  if (block) {
    const [, sheet = '', left = '', right = left] = block
    const end = left === right && from === to ? '' : `:${right}${to}`
    return `${sheet}${left}${from}${end}`
  }
  const lines = rows.exec(locator)
  if (lines) return `${from === to ? `row ${from}` : `rows ${from}-${to}`}${lines[1] ?? ''}`
  return undefined
}

function stretches(positions: readonly number[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (const position of positions) {
    const last = found.at(-1)
    if (last && last.to + 1 === position) last.to = position
    else found.push({ from: position, to: position })
  }
  return found
}
