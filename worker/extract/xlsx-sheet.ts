import { parseCell } from './cell-names.ts'
import type { RawRow } from './header.ts'
import { plainNumber } from './number-format.ts'
import { createMergeFiller, type Merge } from './xlsx-merges.ts'
import { unescapeText } from './xlsx-text.ts'
import type { Workbook } from './xlsx-workbook.ts'
import { createXml, type XmlAttributes } from './xml.ts'

interface Cell {
  column: number
  type: string
  style: number
  value?: string
  formula?: string
  inline: string
}

/**
 * The rows of one sheet that have something in them, as text, in arrays of those that came together. Merged cells
 * have their value in every row they take, and say which columns. A formula without a stored result is shown as the formula.
 */
export async function* sheetRows(
  place: string,
  pieces: AsyncIterable<string>,
  workbook: Workbook,
  merges: readonly Merge[] = [],
): AsyncGenerator<RawRow[]> {
  let rows: RawRow[] = []
  const fill = createMergeFiller(merges)
  let number = 0
  let cells: string[] = []
  let cell: Cell | undefined
  let column = -1
  let captured: string | undefined
  let phonetic = false

  const openCell = (attributes: XmlAttributes) => {
    column = (attributes.r === undefined ? undefined : parseCell(attributes.r)?.column) ?? column + 1
    cell = { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), inline: '' }
  }
  const closeCell = () => {
    const text = cell ? cellText(cell, workbook).trim() : ''
    if (cell && text !== '') {
      while (cells.length < cell.column) cells.push('')
      cells[cell.column] = text
    }
    cell = undefined
  }
  const xml = createXml(place, {
    open(name, attributes) {
      if (name === 'c') openCell(attributes)
      else if (name === 'v' || name === 'f' || (name === 't' && !phonetic)) captured = ''
      else if (name === 'rPh') phonetic = true
      else if (name === 'row') {
        number = attributes.r === undefined ? number + 1 : Number(attributes.r)
        cells = []
        column = -1
      }
    },
    text(text) {
      if (captured !== undefined) captured += text
    },
    close(name) {
      if (name === 'c') closeCell()
      else if (name === 'rPh') phonetic = false
      else if (name === 'row') {
        if (cells.length === 0) return
        const merged = fill(number, cells)
        rows.push(merged ? { number, cells, merged } : { number, cells })
      } else if (captured !== undefined && (name === 'v' || name === 'f' || name === 't')) {
        if (cell && name === 'v') cell.value = captured
        else if (cell && name === 'f') cell.formula = captured
        else if (cell) cell.inline += captured
        captured = undefined
      }
    },
  })
  for await (const piece of pieces) {
    xml.write(piece)
    if (rows.length > 0) yield rows
    rows = []
  }
  xml.end()
  if (rows.length > 0) yield rows
}

function cellText({ type, style, value, formula, inline }: Cell, { strings, formats }: Workbook): string {
  if (type === 'inlineStr') return unescapeText(inline)
  if (value === undefined || (value === '' && type !== 'str')) {
    if (formula === undefined) return ''
    return formula === '' ? '=…' : `=${formula}`
  }
  if (type === 's') return strings[Number(value)] ?? ''
  if (type === 'b') return value === '1' || value === 'true' ? 'TRUE' : 'FALSE'
  if (type === 'd') return value.replace(/T00:00(?::00(?:\.0+)?)?Z?$/, '').replace('T', ' ')
  if (type !== 'n') return unescapeText(value)
  const number = Number(value)
  return Number.isFinite(number) ? (formats[style] ?? plainNumber)(number) : value
}
