import { cellRange } from './cell-names.ts'
import type { Item, Limits, Reader } from './reader.ts'
import type { Source } from './source.ts'
import { createTables } from './table.ts'
import { type Archive, openArchive } from './xlsx-archive.ts'
import { mostMerges, readMerges } from './xlsx-merges.ts'
import { sheetRows } from './xlsx-sheet.ts'
import { readWorkbook, type Workbook } from './xlsx-workbook.ts'

/**
 * A workbook: every sheet, hidden ones too (marked as such), row by row with the numbers that Excel shows.
 * @throws KassError unsupported_type, damaged, encrypted, archive_bomb, document_too_large
 */
export async function readXlsx(source: Source, limits: Limits): Promise<Reader> {
  const archive = await openArchive(source, limits)
  try {
    const workbook = await readWorkbook(archive, limits.maxTextBytes)
    return { unit: 'rows', locate: () => '', items: items(archive, workbook) }
  } catch (error) {
    archive.close()
    throw error
  }
}

async function* items(archive: Archive, workbook: Workbook): AsyncGenerator<Item[]> {
  let unit = 0
  try {
    for (const { name, hidden, part } of workbook.sheets) {
      if (part === undefined || !archive.has(part)) {
        yield [{ kind: 'rejected', place: name, reason: 'the sheet is missing from the file' }]
        continue
      }
      const tables = createTables({
        section: [hidden ? `${name} (hidden)` : name],
        locate: (rows, columns) => cellRange(name, rows, columns),
        nextUnit: () => ++unit,
      })
      const { pieces, kept } = keeping(archive.text(part))
      const { merges, complete } = await readMerges(pieces)
      if (!complete)
        yield [{ kind: 'rejected', place: name, reason: `the sheet has more than ${mostMerges} merged ranges` }]
      for await (const rows of sheetRows(name, kept() ?? archive.text(part), workbook, merges)) {
        const found = rows.flatMap((row) => tables.add(row))
        if (found.length > 0) yield found
      }
      const rest = tables.end()
      if (rest.length > 0) yield rest
    }
  } finally {
    archive.close()
  }
}

/** Text of a sheet, in characters, that is kept in memory rather than inflated again. */
const smallSheet = 2 * 1024 * 1024

/** Passes pieces on, and keeps them as long as they are few; `kept` gives them once, undefined when they were too many. */
function keeping(source: AsyncIterable<string>) {
  let held: string[] | undefined = []
  let length = 0
  async function* pieces(): AsyncGenerator<string> {
    for await (const piece of source) {
      length += piece.length
      if (length > smallSheet) held = undefined
      held?.push(piece)
      yield piece
    }
  }
  async function* replayed(all: string[]): AsyncGenerator<string> {
    for (let piece = all.shift(); piece !== undefined; piece = all.shift()) yield piece
  }
  return { pieces: pieces(), kept: () => held && replayed(held) }
}
