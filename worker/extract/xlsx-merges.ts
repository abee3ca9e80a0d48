import { parseCell } from './cell-names.ts'

/** A range of merged cells. Columns count from 0, rows from 1. */
export interface Merge {
  from: number
  to: number
  top: number
  bottom: number
}

/** What more a sheet has is not remembered. */
export const mostMerges = 100_000

const mention = 'mergeCell'
const tag = /<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref\s*=\s*["']([A-Z0-9$]+):([A-Z0-9$]+)["'][^>]*>/g
const longestTag = 1000

/**
 * The merged cells of a sheet, by their first rows. They stand behind all rows of the sheet, so its text is looked through
 * for them before it is read; that is inflating it twice, a small part of what reading it costs.
 * @returns `complete` false when there are more than can be remembered
 */
export async function readMerges(pieces: AsyncIterable<string>): Promise<{ merges: Merge[]; complete: boolean }> {
  const merges: Merge[] = []
  let complete = true
  let rest = ''
  for await (const piece of pieces) {
    const text = rest + piece
    if (text.includes(mention)) {
      for (const [, first = '', last = ''] of text.matchAll(tag)) {
        if (merges.length >= mostMerges) complete = false
        else merges.push(...toMerge(first, last))
      }
    }
    // A tag may go on in the next piece.
    const open = text.lastIndexOf('<')
    rest = open >= 0 && text.length - open < longestTag && text.indexOf('>', open) < 0 ? text.slice(open) : ''
  }
  return { merges: merges.sort((a, b) => a.top - b.top), complete }
}

function toMerge(first: string, last: string): Merge[] {
  const [start, end] = [parseCell(first), parseCell(last)]
  if (!start || !end || end.column < start.column || end.row < start.row) return []
  return [{ from: start.column, to: end.column, top: start.row, bottom: end.row }]
}

/**
 * Gives merged cells their value in each row they take, row by row from the top. Rows without anything of their own do
 * not come into being by it.
 */
export function createMergeFiller(merges: readonly Merge[]) {
  let next = 0
  /** By their first column, in which no two can be in the same row. */
  const open = new Map<number, { merge: Merge; value?: string }>()
  return (number: number, cells: string[]): { from: number; to: number; above: boolean }[] | undefined => {
    for (let merge = merges[next]; merge && merge.top <= number; merge = merges[++next])
      if (merge.bottom >= number) open.set(merge.from, { merge })
    if (open.size === 0) return undefined
    const merged: { from: number; to: number; above: boolean }[] = []
    for (const [column, one] of open) {
      const { from, to, top, bottom } = one.merge
      if (top === number) one.value = cells[column]
      if (bottom < number || one.value === undefined || one.value === '') {
        open.delete(column)
        continue
      }
      while (cells.length < column) cells.push('')
      cells[column] = one.value
      merged.push({ from, to, above: top < number })
    }
    return merged.length > 0 ? merged : undefined
  }
}
