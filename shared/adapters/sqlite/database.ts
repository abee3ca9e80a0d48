import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

export interface Database {
  readonly raw: DatabaseSync
  /** A prepared statement, made once for each text. */
  sql(text: string): StatementSync
  /** Runs `work` in one short write transaction; it is rolled back when `work` throws. Must not await. */
  transaction<T>(work: () => T): T
  close(): void
}

export interface DatabaseOptions {
  /** Each entry lifts the schema by one version; entries are never changed once released. */
  migrations: readonly string[]
  /** Leaves checkpoints of the write-ahead log to other processes, so that this one never waits for the disk. */
  leaveCheckpoints?: boolean
}

/** Thrown when a data folder was written by a newer release. */
export class NewerSchema extends Error {
  constructor(file: string, found: number, known: number) {
    super(`${file} has schema version ${found}, this release knows ${known}: it was written by a newer release`)
    this.name = 'NewerSchema'
  }
}

/**
 * Opens (or makes) an SQLite file: WAL, a busy timeout, and its schema at the newest version. Several processes may
 * open it at once. What is committed survives the death of the process; a power cut may cost the last transactions.
 * @throws NewerSchema
 */
export function openDatabase(file: string, options: DatabaseOptions): Database {
  mkdirSync(dirname(file), { recursive: true })
  const raw = new DatabaseSync(file, { timeout: 10_000 })
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;')
  raw.exec(`PRAGMA wal_autocheckpoint = ${options.leaveCheckpoints ? 20_000 : 2_000}`)
  migrate(raw, file, options.migrations)
  const statements = new Map<string, StatementSync>()
  return {
    raw,
    sql(text) {
      const known = statements.get(text)
      if (known) return known
      const statement = raw.prepare(text)
      statements.set(text, statement)
      return statement
    },
    transaction(work) {
      raw.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        raw.exec('COMMIT')
        return result
      } catch (error) {
        if (raw.isTransaction) raw.exec('ROLLBACK')
        throw error
      }
    },
    close() {
      if (raw.isOpen) raw.close()
    },
  }
}

function schemaVersion(raw: DatabaseSync): number {
  return Number(raw.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}

function migrate(raw: DatabaseSync, file: string, migrations: readonly string[]): void {
  if (schemaVersion(raw) === migrations.length) return
  raw.exec('BEGIN IMMEDIATE')
  try {
    const found = schemaVersion(raw)
    if (found > migrations.length) throw new NewerSchema(file, found, migrations.length)
    for (const migration of migrations.slice(found)) raw.exec(migration)
    raw.exec(`PRAGMA user_version = ${migrations.length}`)
    raw.exec('COMMIT')
  } catch (error) {
    raw.exec('ROLLBACK')
    throw error
  }
}
