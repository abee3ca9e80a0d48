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
      const { merges, complete } = await readMerges(archive.text(part))
      if (!complete)
        yield [{ kind: 'rejected', place: name, reason: `the sheet has more than ${mostMerges} merged ranges` }]
      for await (const rows of sheetRows(name, archive.text(part), workbook, merges)) {
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
