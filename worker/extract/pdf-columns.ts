/** A line of a page, of parts that stand apart; its text is all of them. */
export interface Line {
  text: string
  x: number
  end: number
  y: number
  size: number
  parts: Part[]
  /** The borders of its column, where the page has several. */
  column?: { left: number; right: number }
}

export interface Part {
  text: string
  x: number
  end: number
}

/** Lines that must share a gutter, with text on both sides. */
const leastLines = 4
/** Columns of text are at least this wide, in heights of their letters. */
const leastWidth = 8
/** More columns than this are cells. */
const mostColumns = 4

/**
 * Puts the lines of a page into the order of reading where columns of text were drawn line by line, from the left border
 * of the page to the right one. Tables stay as they are, since their cells are narrow or do not go on in the line below;
 * where they do, each row of the table is read cell by cell.
 */
export function unweave(lines: readonly Line[], columns = mostColumns): Line[] {
  if (columns > 1) {
    for (const gutter of gutters(lines)) {
      const ordered = divide(lines, gutter, columns)
      if (ordered) return ordered
    }
  }
  return [...lines]
}

/** The lines in their order where something stands in columns beside this gutter; undefined when nothing does. */
function divide(lines: readonly Line[], gutter: number, columns: number): Line[] | undefined {
  const ordered: Line[] = []
  let block: Line[] = []
  let divided = false
  const close = () => {
    const rows = rowsOf(block, gutter)
    const found = columnsOf(block, gutter, columns)
    divided ||= found !== undefined
    if (found && rows.length > 2) ordered.push(...rows.flatMap((row) => bothSides(row, gutter).flat()))
    else ordered.push(...(found ?? block))
    block = []
  }
  for (const line of lines) {
    if (crosses(line, gutter)) {
      close()
      ordered.push(line)
    } else block.push(line)
  }
  close()
  return divided ? ordered : undefined
}

const crosses = (line: Line, at: number) => line.parts.some((part) => part.x < at && part.end > at)
const isWoven = (line: Line, at: number) =>
  !crosses(line, at) && line.parts.some((part) => part.end <= at) && line.parts.some((part) => part.x >= at)

/** Where parts begin behind a gap in most lines; a little before it, since parts may be indented. */
function gutters(lines: readonly Line[]): number[] {
  const votes = new Map<number, number>()
  for (const { parts, size } of lines) {
    for (const part of parts.slice(1)) {
      const at = Math.round(part.x - size * 0.3)
      votes.set(at, (votes.get(at) ?? 0) + 1)
    }
  }
  return [...votes]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, mostColumns)
    .map(([at]) => at)
}

const bothSides = (lines: readonly Line[], gutter: number): [Line[], Line[]] => [
  lines.flatMap((line) => side(line, (part) => part.end <= gutter)),
  lines.flatMap((line) => side(line, (part) => part.x >= gutter)),
]

/** The lines left of the gutter, then those right of it; undefined when they are not two columns of text. */
function columnsOf(block: readonly Line[], gutter: number, columns: number): Line[] | undefined {
  if (block.filter((line) => isWoven(line, gutter)).length < leastLines) return undefined
  const [left, right] = bothSides(block, gutter)
  const [first, second] = [unweave(left, columns - 1), unweave(right, columns - 1)]
  // Columns within a side were found to be text already.
  const isText = (own: readonly Line[]) => own.some((line) => line.column) || runsOn(own)
  if (!isText(first) || !isText(second)) return undefined
  return [...bordered(first), ...bordered(second)]
}

/** The rows of a table whose cells go over several lines: both sides begin anew together, below a gap. */
function rowsOf(block: readonly Line[], gutter: number): Line[][] {
  const gaps = block.slice(1).map((line, at) => (block[at]?.y ?? 0) - line.y)
  const usual = gaps.filter((gap) => gap > 0).sort((a, b) => a - b)[gaps.length >> 1] ?? 0
  const rows: Line[][] = []
  for (const [at, line] of block.entries()) {
    const anew = isWoven(line, gutter) && line.parts.every((part) => !/^\p{Ll}/u.test(part.text))
    if (at === 0 || (anew && (gaps[at - 1] ?? 0) > usual * 1.25)) rows.push([])
    rows.at(-1)?.push(line)
  }
  return rows
}

function side(line: Line, belongs: (part: Part) => boolean): Line[] {
  const parts = line.parts.filter(belongs)
  const [first, last] = [parts[0], parts.at(-1)]
  if (!first || !last) return []
  return [{ ...line, parts, text: parts.map((part) => part.text.trim()).join('  '), x: first.x, end: last.end }]
}

/** Whether lines are text that goes on from one to the next, and not cells. */
function runsOn(lines: readonly Line[]): boolean {
  const widest = Math.max(...lines.map((line) => line.end - line.x))
  const size = lines[0]?.size ?? 1
  if (lines.length < leastLines || widest < size * leastWidth) return false
  const wide = lines.filter((line) => line.end - line.x > widest * 0.6).length
  // Scripts without capitals do not show it.
  const further = lines.slice(1).filter((line) => /^[^\p{L}]{0,2}[\p{Ll}\p{Lo}]/u.test(line.text)).length
  return wide >= lines.length / 2 && further >= (lines.length - 1) / 3
}

function bordered(lines: readonly Line[]): Line[] {
  const own = lines.filter((line) => !line.column)
  const column = { left: Math.min(...own.map((line) => line.x)), right: Math.max(...own.map((line) => line.end)) }
  return lines.map((line) => (line.column ? line : { ...line, column }))
}
