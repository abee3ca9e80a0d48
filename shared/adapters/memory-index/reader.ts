import { setImmediate as breathe } from 'node:timers/promises'
import { embeddingKey } from '../../documents/fingerprint.ts'
import { KassError } from '../../errors.ts'
import type { Passage, SearchIndex } from '../../ports/search-index.ts'
import type { Database } from '../sqlite/database.ts'
import { admission } from './filters.ts'
import { attemptOf, numberOf, passageOf, stringsOf, textOf } from './rows.ts'
import { floatsOf } from './term-code.ts'

const listedAtOnce = 500

const joined = `SELECT a.attempt, a.document_id, a.path, a.title, a.content_type, a.tags, a.metadata, c.ordinal, c.kind,
  c.section, c.locator, c.hash, c.row_numbers, c.headerless, c.text FROM attempts a JOIN chunks c ON c.attempt = a.id`

/** The verbs that only read the file, in the calling process. */
export type IndexReader = Pick<SearchIndex, 'count' | 'attempts' | 'passages' | 'chunks' | 'vectors'>

function keyParts(key: string): { attempt: string; ordinal: number } | undefined {
  const colon = key.lastIndexOf(':')
  const ordinal = key.slice(colon + 1)
  return colon > 0 && /^\d{1,15}$/.test(ordinal)
    ? { attempt: key.slice(0, colon), ordinal: Number(ordinal) }
    : undefined
}

/** Reads what has been put, straight from the file. */
export function createIndexReader(db: Database): IndexReader {
  const admitted = (attempt: string, groups: readonly string[]): boolean => {
    const row = db.sql('SELECT * FROM attempts WHERE attempt = ?').get(attempt)
    return row !== undefined && admission({ groups })?.(attemptOf(row)) === true
  }

  return {
    async count(attempt) {
      const row = db
        .sql('SELECT COUNT(*) AS n FROM attempts a JOIN chunks c ON c.attempt = a.id WHERE a.attempt = ?')
        .get(attempt)
      return row ? numberOf(row, 'n') : 0
    },
    async *attempts() {
      for (let last = 0; ; ) {
        const rows = db
          .sql(
            `SELECT id, attempt, tenant, document_id, (SELECT COUNT(*) FROM chunks c WHERE c.attempt = a.id) AS chunks
             FROM attempts a WHERE id > ? ORDER BY id LIMIT ?`,
          )
          .all(last, listedAtOnce)
        for (const row of rows) {
          last = numberOf(row, 'id')
          const [attempt, tenant] = [textOf(row, 'attempt'), textOf(row, 'tenant')]
          yield { attempt, tenant, documentId: textOf(row, 'document_id'), chunks: numberOf(row, 'chunks') }
        }
        if (rows.length < listedAtOnce) return
        await breathe()
      }
    },
    async passages(keys) {
      const found = new Map<string, Passage>()
      const read = db.sql(`${joined} WHERE a.attempt = ? AND c.ordinal = ?`)
      for (const key of keys) {
        const parts = keyParts(key)
        const row = parts && read.get(parts.attempt, parts.ordinal)
        if (row) found.set(key, passageOf(row))
      }
      return found
    },
    async chunks(attempt, { cursor, limit, groups }) {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new KassError('invalid_cursor')
      if (groups && !admitted(attempt, groups)) return { items: [] }
      const rows = db
        .sql(`${joined} WHERE a.attempt = ? AND c.ordinal > ? ORDER BY c.ordinal LIMIT ?`)
        .all(attempt, cursor === undefined ? -1 : Number(cursor), limit + 1)
      const items = rows.slice(0, limit).map(passageOf)
      const last = items.at(-1)
      return rows.length > limit && last ? { items, cursor: String(last.ordinal) } : { items }
    },
    async vectors(attempt, embedder) {
      const found = new Map<string, Float32Array>()
      const rows = db
        .sql(
          `SELECT c.section, c.text, v.vector FROM attempts a JOIN chunks c ON c.attempt = a.id JOIN vectors v ON v.seq = c.seq
           WHERE a.attempt = ? AND a.embedder = ?`,
        )
        .iterate(attempt, embedder)
      for (const row of rows) {
        if (!(row.vector instanceof Uint8Array)) continue
        const key = embeddingKey({ section: stringsOf(row, 'section'), text: textOf(row, 'text') })
        found.set(key, floatsOf(row.vector))
      }
      return found
    },
  }
}
