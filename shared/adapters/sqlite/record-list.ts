import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { DocumentRecord } from '../../documents/document.ts'
import type { ListDocuments, Page } from '../../ports/document-store.ts'
import { textCursor, toCursor } from './cursor.ts'
import type { Database } from './database.ts'
import { number, strings, text } from './rows.ts'

/** Index entries looked at in one go: a caller who may see few of many documents must not stop everybody else. */
const step = 500
/** Above every character that a path can have. */
const afterAll = '\u{10ffff}'

const listed = `SELECT seq, path, groups FROM records
  WHERE tenant = ? AND status <> 'gone' AND path >= max(?, ?) AND path <> ? AND path < ? ORDER BY path LIMIT ?`
const listedByStatus = `SELECT seq, path, groups FROM records
  WHERE tenant = ? AND status = ? AND path >= max(?, ?) AND path <> ? AND path < ? ORDER BY path LIMIT ?`

/**
 * A page of a tenant's documents by path (in the order of their UTF-8 bytes).
 * @throws KassError invalid_cursor
 */
export async function listRecords(db: Database, tenant: string, options: ListDocuments): Promise<Page<DocumentRecord>> {
  const { prefix = '', status, limit } = options
  const groups = options.groups && new Set(options.groups)
  const end = prefix + afterAll
  const take = groups ? step : limit + 1
  const found: { seq: number; path: string }[] = []
  let after = textCursor(options.cursor) ?? ''
  while (found.length <= limit) {
    const rows = status
      ? db.sql(listedByStatus).all(tenant, status, after, prefix, after, end, take)
      : db.sql(listed).all(tenant, after, prefix, after, end, take)
    for (const row of rows) {
      const needed = strings(row.groups)
      const admitted = !groups || needed.length === 0 || needed.some((group) => groups.has(group))
      if (admitted) found.push({ seq: number(row.seq), path: text(row.path) })
    }
    const last = rows.at(-1)
    if (!last || rows.length < take) break
    after = text(last.path)
    await yieldToOthers()
  }
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const items = recordsBySeq(
    db,
    page.map((entry) => entry.seq),
  )
  return found.length > limit && last ? { items, cursor: toCursor(last.path) } : { items }
}

function recordsBySeq(db: Database, seqs: readonly number[]): DocumentRecord[] {
  const rows = db
    .sql('SELECT record FROM records WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY tenant, path')
    .all(JSON.stringify(seqs))
  return rows.map((row) => JSON.parse(text(row.record)))
}
