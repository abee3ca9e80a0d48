import { setImmediate as breathe } from 'node:timers/promises'
import type { AttemptInfo, IndexedChunk, SearchIndex } from '../../ports/search-index.ts'
import type { Analyzer } from '../../text/analyze.ts'
import type { Database } from '../sqlite/database.ts'
import { numberOf } from './rows.ts'
import { encodeTerms, floatsBlob, termsOf } from './term-code.ts'

/** Chunks written, and rows purged, in one transaction: another process never waits longer than that takes. */
const writtenAtOnce = 64
const purgedAtOnce = 256

/** The verbs that write to the file, in the calling process. */
export type IndexWriter = Pick<SearchIndex, 'put' | 'remove'>

/** The number of an attempt, which gets a row when it has none. */
function numberOfAttempt(db: Database, info: AttemptInfo): number {
  db.sql(
    `INSERT INTO attempts (attempt, tenant, document_id, path, title, content_type, groups, tags, metadata, embedder)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (attempt) DO NOTHING`,
  ).run(
    info.attempt,
    info.tenant,
    info.documentId,
    info.path,
    info.title,
    info.contentType,
    JSON.stringify(info.groups),
    JSON.stringify(info.tags),
    JSON.stringify(info.metadata),
    info.embedder,
  )
  const row = db.sql('SELECT id FROM attempts WHERE attempt = ?').get(info.attempt)
  if (!row) throw new Error('an attempt that was just written is not there')
  return numberOf(row, 'id')
}

/** Takes away, a slice at a time, what removed attempts have left. */
async function purge(db: Database): Promise<void> {
  for (;;) {
    const row = db.sql('SELECT seq, attempt FROM removals WHERE purged = 0 ORDER BY seq LIMIT 1').get()
    if (!row) return
    db.transaction(() => {
      const rows = db
        .sql('SELECT seq FROM chunks WHERE attempt = ? LIMIT ?')
        .all(numberOf(row, 'attempt'), purgedAtOnce)
      for (const { seq } of rows) {
        for (const table of ['chunks', 'terms', 'vectors']) {
          db.sql(`DELETE FROM ${table} WHERE seq = ?`).run(seq ?? null)
        }
      }
      if (rows.length < purgedAtOnce) db.sql('UPDATE removals SET purged = 1 WHERE seq = ?').run(numberOf(row, 'seq'))
    })
    await breathe()
  }
}

/** Writes in short transactions. A chunk that is there already stays as it is. */
export function createIndexWriter(db: Database, analyzer: Analyzer): IndexWriter {
  function write(info: AttemptInfo, chunks: readonly { chunk: IndexedChunk; terms: Uint8Array }[]): void {
    const attempt = numberOfAttempt(db, info)
    for (const { chunk, terms } of chunks) {
      const rowNumbers = chunk.rowNumbers ? JSON.stringify(chunk.rowNumbers) : null
      const { changes, lastInsertRowid } = db
        .sql(
          `INSERT INTO chunks (attempt, ordinal, kind, section, locator, hash, row_numbers, headerless, text)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (attempt, ordinal) DO NOTHING`,
        )
        .run(
          attempt,
          chunk.ordinal,
          chunk.kind,
          JSON.stringify(chunk.section),
          chunk.locator,
          chunk.hash,
          rowNumbers,
          chunk.headerless ? 1 : 0,
          chunk.text,
        )
      if (changes === 0) continue
      db.sql('INSERT INTO terms (seq, attempt, ordinal, terms) VALUES (?, ?, ?, ?)').run(
        lastInsertRowid,
        attempt,
        chunk.ordinal,
        terms,
      )
      if (chunk.vector) {
        db.sql('INSERT INTO vectors (seq, vector) VALUES (?, ?)').run(lastInsertRowid, floatsBlob(chunk.vector))
      }
    }
  }

  return {
    async put(info, chunks) {
      for (let at = 0; at < chunks.length; at += writtenAtOnce) {
        if (at > 0) await breathe()
        const made = chunks.slice(at, at + writtenAtOnce).map((chunk) => {
          const terms = termsOf(analyzer, { title: info.title, section: chunk.section, text: chunk.text })
          return { chunk, terms: encodeTerms(analyzer, terms) }
        })
        db.transaction(() => write(info, made))
      }
    },
    async remove(attempt) {
      db.transaction(() => {
        const row = db.sql('DELETE FROM attempts WHERE attempt = ? RETURNING id').get(attempt)
        if (row) db.sql('INSERT INTO removals (attempt) VALUES (?)').run(numberOf(row, 'id'))
      })
      await purge(db)
    },
  }
}
