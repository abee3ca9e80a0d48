import { countTokens } from '../../shared/text/tokens.ts'
import { cut, cutWord } from './cut.ts'

/** Stands between the cells of a line. */
export const between = ' | '

/** Columns that share a chunk. */
export interface ColumnGroup {
  from: number
  /** Behind the last column; the last group has no end. */
  end: number
  header: string
  /** How many key columns are repeated before its own. */
  repeated: number
}

/** Room for repeated keys, as a part of a chunk. */
const keyShare = 1 / 6

/** The keys of a row as they are repeated; what is too long to be is left out, its column stays. */
export function repeatedKeys(cells: readonly string[], count: number, tokens: number): string[] {
  let left = tokens * keyShare
  return Array.from({ length: count }, (_, column) => {
    const cell = cells[column] ?? ''
    const cost = countTokens(cell + between)
    if (cost > left) return ''
    left -= cost
    return cell
  })
}

/** The columns of a table in groups, so that each group's part of the header leaves room for rows. */
export function columnGroups(cells: readonly string[], keyColumns: number, tokens: number): ColumnGroup[] {
  const groups: ColumnGroup[] = []
  let keys = Math.min(keyColumns, cells.length)
  while (keys > 0 && countTokens(cells.slice(0, keys).join(between)) > tokens * keyShare) keys--
  const add = (from: number, end: number) => {
    const repeated = from < keys ? 0 : keys
    const header = [...cells.slice(0, repeated), ...cells.slice(from, end)].join(between)
    groups.push({ from, end, header, repeated })
  }
  let from = 0
  for (const [at] of cells.entries()) {
    if (at > from && countTokens(cells.slice(from, at + 1).join(between)) > tokens / 3) {
      add(from, at)
      from = at
    }
  }
  add(from, Number.POSITIVE_INFINITY)
  return groups
}

interface WideRow {
  /** Keys that stand before its own cells. */
  keys: readonly string[]
  own: readonly string[]
}

/** The parts of a row that is larger than `room` tokens, each with the keys of the row. Cells go on in their own column. */
export function splitRow({ keys, own }: WideRow, count: number, room: number): string[] {
  if (keys.length === 0) return split(own, repeatedKeys(own, Math.min(count, own.length), room), room)
  const before = keys.join(between) + between
  const space = room - countTokens(before)
  return split(own, [], space).map((text) => before + text)
}

/** Cuts cells into lines of `room` tokens; a line that begins behind the `keys` columns begins with the keys. */
function split(cells: readonly string[], keys: readonly string[], room: number): string[] {
  const texts: string[] = []
  let text = ''
  let fresh = false
  const indentOf = (column: number): string => {
    if (column === 0) return ''
    const blank = between.repeat(column)
    const keyed =
      column < keys.length || keys.length === 0
        ? blank
        : keys.join(between) + between.repeat(Math.max(0, column - keys.length) + 1)
    if (countTokens(keyed) * 2 <= room) return keyed
    return countTokens(blank) * 2 <= room ? blank : ''
  }
  for (const [column, cell] of cells.entries()) {
    const indent = indentOf(column)
    const longer = column === 0 ? cell : `${text}${between}${cell}`
    if (countTokens(longer) <= room) {
      text = longer
      fresh ||= cell !== ''
      continue
    }
    // Keys alone are not worth a line: they come again with what follows.
    if (fresh && text + between !== indent) texts.push(text)
    text = indent
    let rest = cell
    while (countTokens(indent + rest) > room) {
      const space = room - countTokens(indent) - 1
      const length = cut(rest, space) || cutWord(rest, space)
      texts.push(indent + rest.slice(0, length).trim())
      rest = rest.slice(length).trim()
    }
    text = indent + rest
    fresh = rest !== ''
  }
  if (fresh) texts.push(text)
  return texts
}
