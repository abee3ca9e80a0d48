import { type Database, openDatabase } from '../sqlite/database.ts'

/**
 * The truth about what is indexed. `chunks.seq` and `removals.seq` only ever rise, in the order of the commits: whoever
 * remembers the last of each can catch up. An attempt's number is never used again; its row goes first when it is
 * removed, so that what is left of its chunks belongs to nothing until it is purged. What the index thread reads lies
 * apart from the texts, so that a start reads little.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    document_id TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    content_type TEXT NOT NULL,
    groups TEXT NOT NULL,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    embedder TEXT NOT NULL
  ) STRICT;
  CREATE TABLE chunks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    section TEXT NOT NULL,
    locator TEXT NOT NULL,
    hash TEXT NOT NULL,
    row_numbers TEXT,
    headerless INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (attempt, ordinal)
  ) STRICT;
  CREATE TABLE terms (
    seq INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    terms BLOB NOT NULL
  ) STRICT;
  CREATE TABLE vectors (
    seq INTEGER PRIMARY KEY,
    vector BLOB NOT NULL
  ) STRICT;
  CREATE TABLE removals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt INTEGER NOT NULL,
    purged INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX unpurged ON removals (seq) WHERE purged = 0;
  `,
]

/** Opens (or makes) the file of an index. What is deleted from it is overwritten, not only unlinked. */
export function openIndexFile(file: string, options: { leaveCheckpoints?: boolean } = {}): Database {
  const database = openDatabase(file, { migrations, ...options })
  database.raw.exec('PRAGMA secure_delete = ON')
  return database
}
