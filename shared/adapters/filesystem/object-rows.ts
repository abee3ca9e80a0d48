import type { SQLOutputValue } from 'node:sqlite'
import type { Attributes, DocumentRef, ObjectHead } from '../../documents/document.ts'
import { ulid } from '../../ulid.ts'
import type { Database } from '../sqlite/database.ts'
import { number, optionalNumber, optionalText, text } from '../sqlite/rows.ts'

const columns = 'tenant, path, revision, size, sha256, content_type, attributes, created_at, file'
const sql = {
  head: `SELECT ${columns} FROM objects WHERE tenant = ? AND path = ? ORDER BY revision DESC LIMIT 1`,
  file: 'SELECT file FROM objects WHERE tenant = ? AND path = ? AND revision = ?',
  revisions: `SELECT ${columns} FROM objects WHERE tenant = ? AND path = ? ORDER BY revision`,
  // With max() the other columns come from the same row (SQLite, "Bare columns in an aggregate query").
  list: `SELECT ${columns}, max(revision) FROM objects WHERE (tenant, path) > (?, ?)
         GROUP BY tenant, path ORDER BY tenant, path LIMIT 200`,
  time: 'SELECT created_at FROM object_times WHERE tenant = ? AND path = ?',
  setTime: `INSERT INTO object_times (tenant, path, created_at) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET created_at = excluded.created_at`,
  insert: `INSERT INTO objects (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  remove: 'DELETE FROM objects WHERE tenant = ? AND path = ? AND revision = ?',
  surplus: `SELECT revision, file FROM objects WHERE tenant = ? AND path = ?
            ORDER BY revision DESC LIMIT -1 OFFSET ?`,
  known: 'SELECT 1 FROM objects WHERE file = ?',
}

export interface NewRevision extends DocumentRef {
  size: number
  sha256: string
  contentType: string
  attributes?: Partial<Attributes>
  file: string
}

function toHead(row: Record<string, SQLOutputValue>): ObjectHead {
  const attributes = optionalText(row.attributes)
  return {
    tenant: text(row.tenant),
    path: text(row.path),
    revision: text(row.revision),
    size: number(row.size),
    sha256: text(row.sha256),
    contentType: text(row.content_type),
    ...(attributes === undefined ? {} : { attributes: JSON.parse(attributes) }),
    createdAt: number(row.created_at),
  }
}

/** The rows of the object store: which revisions there are, and in which file each one's bytes are. */
export function createObjectRows(db: Database) {
  return {
    head({ tenant, path }: DocumentRef): ObjectHead | undefined {
      const row = db.sql(sql.head).get(tenant, path)
      return row && toHead(row)
    },
    file({ tenant, path }: DocumentRef, revision: string): string | undefined {
      return optionalText(db.sql(sql.file).get(tenant, path, revision)?.file)
    },
    revisions({ tenant, path }: DocumentRef): ObjectHead[] {
      return db.sql(sql.revisions).all(tenant, path).map(toHead)
    },
    /** The newest revisions of the next objects after the given one. */
    listAfter({ tenant, path }: DocumentRef): ObjectHead[] {
      return db.sql(sql.list).all(tenant, path).map(toHead)
    },
    /**
     * Adds the newest revision, later than every one before it whatever the clock says, and forgets those beyond `keep`.
     * Gives the files that are needed no more. Part of a transaction.
     */
    add(made: NewRevision, now: number, keep: number): { head: ObjectHead; surplus: string[] } {
      const { tenant, path, size, sha256, contentType, file } = made
      const before = optionalNumber(db.sql(sql.time).get(tenant, path)?.created_at) ?? 0
      const createdAt = Math.max(now, before + 1)
      const revision = ulid(createdAt)
      const attributes = made.attributes && JSON.stringify(made.attributes)
      db.sql(sql.setTime).run(tenant, path, createdAt)
      db.sql(sql.insert).run(tenant, path, revision, size, sha256, contentType, attributes ?? null, createdAt, file)
      const surplus = db.sql(sql.surplus).all(tenant, path, keep)
      for (const row of surplus) db.sql(sql.remove).run(tenant, path, text(row.revision))
      const head = { tenant, path, revision, size, sha256, contentType, createdAt }
      return {
        head: made.attributes ? { ...head, attributes: made.attributes } : head,
        surplus: surplus.map((row) => text(row.file)),
      }
    },
    remove({ tenant, path }: DocumentRef, revision: string): void {
      db.sql(sql.remove).run(tenant, path, revision)
    },
    isKnown(file: string): boolean {
      return db.sql(sql.known).get(file) !== undefined
    },
  }
}
