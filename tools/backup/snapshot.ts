import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../cli/failure.ts'

/** How long a row may name bytes that are just being removed. */
const removalMs = 5_000
const pagesAtOnce = 1_000

const has = (error: unknown, ...codes: string[]) =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

/**
 * Files never change once they are there, so a second name for the same bytes is a copy; a real one where none can be.
 * False when the file is not there.
 */
function keep(from: string, to: string): boolean {
  mkdirSync(dirname(to), { recursive: true })
  for (const copy of [linkSync, copyFileSync]) {
    try {
      copy(from, to)
      return true
    } catch (error) {
      if (has(error, 'EEXIST')) return true
      if (has(error, 'ENOENT')) return false
      const cannotLink = has(error, 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS')
      if (copy === copyFileSync || !cannotLink) throw error
    }
  }
  return false
}

/** The files two levels below a folder, as `folder/name`. */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name === 'staging') continue
    for (const name of await readdir(join(folder, entry.name))) found.push(`${entry.name}/${name}`)
  }
  return found
}

/**
 * Puts the embedded data into a folder as it was at one moment: state, index, the bytes of every object that the state
 * names, and what is derived. Works while KASS runs; `into` must be on the same file system to cost no space.
 * @throws Failure `damaged_data` when bytes are missing that the state names
 */
export async function snapshot(data: string, into: string): Promise<void> {
  const [stored, kept] = [data, into].map((folder) => join(folder, 'objects', 'stored'))
  if (stored === undefined || kept === undefined) throw new Error('two folders were named')
  mkdirSync(kept, { recursive: true })
  // Nearly all of them, so that the moment itself is short.
  const known = new Set<string>()
  for (const file of await filesIn(stored)) if (keep(join(stored, file), join(kept, file))) known.add(file)
  await copyDatabases(data, into, (files) => {
    for (const file of files) if (!known.has(file)) keep(join(stored, file), join(kept, file))
  })
  await dropRemoved(data, into)
  for (const file of await filesIn(join(data, 'derived'))) {
    keep(join(data, 'derived', file), join(into, 'derived', file))
  }
}

/**
 * Copies both databases as they were at one and the same moment, however much is written meanwhile. For that moment nobody
 * writes the state: two readers begin to hold on to what they see, and the bytes of what came in last are kept.
 */
async function copyDatabases(data: string, into: string, keepAll: (files: string[]) => void): Promise<void> {
  const open = (name: string) => new DatabaseSync(join(data, name), { timeout: 10_000 })
  const [state, index, lock] = [open('kass.db'), open('index.db'), open('kass.db')]
  try {
    lock.exec('BEGIN IMMEDIATE')
    for (const db of [state, index]) {
      db.exec('BEGIN')
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
    }
    keepAll(
      state
        .prepare('SELECT file FROM objects')
        .all()
        .map(({ file }) => String(file)),
    )
    lock.exec('ROLLBACK')
    await backup(state, join(into, 'kass.db'), { rate: pagesAtOnce })
    await backup(index, join(into, 'index.db'), { rate: pagesAtOnce })
  } finally {
    for (const db of [state, index, lock]) db.close()
  }
}

/**
 * A removal takes the bytes first and the row after them. A row of the copy whose bytes had gone already goes as well,
 * once it is seen that the removal went on; every other row has its bytes.
 */
async function dropRemoved(data: string, into: string): Promise<void> {
  const copy = new DatabaseSync(join(into, 'kass.db'))
  const live = new DatabaseSync(join(data, 'kass.db'), { readOnly: true, timeout: 10_000 })
  try {
    // One file, without the log that goes with WAL.
    copy.exec('PRAGMA journal_mode = DELETE')
    const isKnown = live.prepare('SELECT 1 FROM objects WHERE file = ?')
    const until = Date.now() + removalMs
    for (const { file, tenant, path } of copy.prepare('SELECT file, tenant, path FROM objects').all()) {
      const name = String(file)
      if (existsSync(join(into, 'objects', 'stored', name))) continue
      while (isKnown.get(name)) {
        if (Date.now() > until) throw bytesMissing(String(tenant), String(path))
        await wait(50)
      }
      copy.prepare('DELETE FROM objects WHERE file = ?').run(name)
    }
  } finally {
    copy.close()
    live.close()
  }
}

function bytesMissing(tenant: string, path: string): Failure {
  return new Failure(
    'damaged_data',
    `The bytes of ${path} (tenant ${tenant}) are missing: upload it again or delete it, then make the backup.`,
  )
}
