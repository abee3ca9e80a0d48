import { CsvError, parse } from 'csv-parse/sync'
import { csvDelimiter, type Delimiter } from '../../shared/documents/content-type.ts'
import type { RawRow } from './header.ts'
import type { Item, Reader } from './reader.ts'
import { decoded, type Source } from './source.ts'
import { createTables } from './table.ts'

/** A record that is longer has most likely a quotation mark that is never closed. */
const longestRecord = 256 * 1024
const lineFeed = 0x0a

/**
 * CSV with any usual delimiter and encoding. Rows have the numbers that a spreadsheet program shows for them: a record
 * is a row whatever line breaks it has in quotation marks, blank lines count, the header is mostly row 1. Rows with too
 * few or too many fields are read as they are; a row with a quotation mark that is never closed is rejected, and
 * reading goes on with the next line.
 */
export function readCsv(source: Source): Reader {
  return { unit: 'rows', locate: (from, to) => rowsPlace(from, to), items: items(source) }
}

const rowsPlace = (from: number, to: number) => (from === to ? `row ${from}` : `rows ${from}-${to}`)

async function* items(source: Source): AsyncGenerator<Item[]> {
  let unit = 0
  const tables = createTables({
    section: [],
    locate: ({ from, to }) => rowsPlace(from, to),
    nextUnit: () => ++unit,
  })
  for await (const found of records(source)) {
    const batch: Item[] = []
    for (const record of found) {
      if ('reason' in record)
        batch.push(...tables.end(), { kind: 'rejected', place: `row ${record.number}`, reason: record.reason })
      else if (record.cells.some((cell) => cell.trim() !== '')) batch.push(...tables.add(record))
    }
    if (batch.length > 0) yield batch
  }
  const rest = tables.end()
  if (rest.length > 0) yield rest
}

interface Refused {
  number: number
  reason: string
}

async function* records(source: Source): AsyncGenerator<(RawRow | Refused)[]> {
  let carry = Buffer.alloc(0)
  let parseRecords: ReturnType<typeof createParser> | undefined
  for await (const text of decoded(source)) {
    parseRecords ??= createParser(csvDelimiter(text.slice(0, 16_384), text.length === source.size))
    const bytes = Buffer.concat([carry, Buffer.from(text)])
    // A field may still go on behind the last line end; then the parser gives it back.
    const end = bytes.lastIndexOf(lineFeed) + 1
    const { found, rest } = parseRecords(bytes.subarray(0, end), false)
    carry = Buffer.concat([rest, bytes.subarray(end)])
    if (found.length > 0) yield found
    if (carry.length > longestRecord) {
      const { found, rest } = parseRecords(carry, true)
      carry = Buffer.from(rest)
      if (found.length > 0) yield found
    }
  }
  if (carry.length > 0 && parseRecords) yield parseRecords(carry, true).found
}

function createParser(delimiter: Delimiter) {
  let number = 0
  /** Gives the records in these bytes, and the bytes of one that is not finished; in `all` nothing is left. */
  return (bytes: Buffer, all: boolean): { found: (RawRow | Refused)[]; rest: Buffer } => {
    const found: (RawRow | Refused)[] = []
    let rest = bytes
    while (rest.length > 0) {
      let end = 0
      try {
        parse(rest, {
          delimiter,
          record_delimiter: ['\r\n', '\n', '\r'],
          relax_column_count: true,
          relax_quotes: true,
          on_record(cells: string[], context) {
            found.push({ number: ++number, cells })
            end = context.bytes
            return null
          },
        })
        return { found, rest: Buffer.alloc(0) }
      } catch (error) {
        if (!(error instanceof CsvError)) throw error
        rest = rest.subarray(end)
        if (!all && rest.length <= longestRecord) return { found, rest }
        const line = rest.indexOf(lineFeed) + 1 || rest.length
        found.push({ number: ++number, reason: 'a quotation mark in this row is never closed' })
        rest = rest.subarray(line)
      }
    }
    return { found, rest }
  }
}
