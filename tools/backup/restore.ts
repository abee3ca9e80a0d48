import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from '../../shared/adapters/sqlite/migrations.ts'
import { recoverEmbedded } from '../../shared/adapters/sqlite/recover.ts'
import { ulid } from '../../shared/ulid.ts'
import { Failure } from '../cli/failure.ts'
import { DataFolderBusy, lockDataFolder } from '../start/data-lock.ts'
import { describe, format, lawfulPath, type Manifest, manifestName, parseManifest } from './manifest.ts'

export interface Restored {
  folder: string
  made_at: string
  files: number
  /** Where what was there before lies now. */
  before?: string
}

/** What does not count as data: the lock of a run, and what some file systems have in every folder. */
const furniture = new Set(['run.lock', 'run.lock-journal', 'lost+found'])

const damaged = (file: string, why: string) =>
  new Failure('damaged_backup', `${file} is not a whole backup (${why}); nothing was changed.`)

/**
 * Puts a backup in the place of a data folder. It is unpacked beside it and verified to the last byte first; then it takes
 * the place by a rename, so that there is the former folder, or the restored one, and never half of one.
 * @throws Failure `damaged_backup`, `newer_backup`, `has_data`, `busy`
 */
export async function restoreBackup(file: string, folder: string, options: { force: boolean }): Promise<Restored> {
  if (!existsSync(file)) throw new Failure('not_found', `There is no file ${file}.`)
  if ((await hasData(folder)) && !options.force) {
    throw new Failure(
      'has_data',
      `There is data in ${folder}: set KASS_DATA to a new folder, or --force to replace it.`,
    )
  }
  const id = ulid()
  const draft = `${folder}.restore-${id}`
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(draft, { mode: 0o700 })
  try {
    await unpack(file, draft)
    const manifest = await verify(file, draft)
    await rm(join(draft, manifestName))
    // Claims and leases of the run that was backed up bind nobody here.
    recoverEmbedded({ KASS_DATA: draft })
    const before = await takePlace(draft, folder, `${folder}.before-${id}`)
    return { folder, made_at: manifest.made_at, files: manifest.files.length, ...(before && { before }) }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function hasData(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [])
  return names.some((name) => !furniture.has(name))
}

async function unpack(file: string, draft: string): Promise<void> {
  const { extract } = await import('tar')
  const strange: string[] = []
  try {
    await extract({
      file,
      cwd: draft,
      strict: true,
      // Links and devices are never in a backup, nor is anything that lies elsewhere.
      filter: (path, entry) => {
        const plain = 'type' in entry && (entry.type === 'File' || entry.type === 'OldFile')
        if (plain && (path === manifestName || lawfulPath.test(path))) return true
        strange.push(path)
        return false
      },
    })
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error))
  }
  if (strange.length > 0) throw damaged(file, `it holds ${strange[0]}`)
}

async function verify(file: string, draft: string): Promise<Manifest> {
  const manifest = parseManifest(await readFile(join(draft, manifestName), 'utf8').catch(() => ''))
  if (!manifest) throw damaged(file, 'it has no manifest')
  if (manifest.format > format) {
    throw new Failure('newer_backup', `${file} was made by release ${manifest.release}: restore it with that one.`)
  }
  for (const wanted of manifest.files) {
    const found = await describe(draft, wanted.path).catch(() => undefined)
    if (!found) throw damaged(file, `${wanted.path} is missing`)
    if (found.size !== wanted.size || found.sha256 !== wanted.sha256)
      throw damaged(file, `${wanted.path} is not as it was`)
  }
  const named = new Set(manifest.files.map(({ path }) => path))
  if (!named.has('kass.db') || !named.has('index.db')) throw damaged(file, 'a database is missing')
  inspect(file, draft, named)
  return manifest
}

/** The database is whole, of this release or an older one, and all that it names is there. */
function inspect(file: string, draft: string, named: ReadonlySet<string>): void {
  const db = new DatabaseSync(join(draft, 'kass.db'), { readOnly: true })
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    if (version > migrations.length) {
      throw new Failure(
        'newer_backup',
        `${file} has schema version ${version}, this release knows ${migrations.length}.`,
      )
    }
    const fault = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
    if (fault !== 'ok') throw damaged(file, `kass.db: ${fault}`)
    for (const row of db.prepare('SELECT file FROM objects').all()) {
      if (!named.has(`objects/stored/${row.file}`)) throw damaged(file, `the bytes of ${row.file} are missing`)
    }
  } finally {
    db.close()
  }
}

/** Gives the name that the former folder has now; undefined when there was none, or nothing in it. */
async function takePlace(draft: string, folder: string, before: string): Promise<string | undefined> {
  if (!existsSync(folder)) {
    await rename(draft, folder)
    return undefined
  }
  const lock = holdFolder(folder)
  try {
    await rename(folder, before).catch((error: unknown) => {
      throw new Failure(
        'cannot_replace',
        `${folder} cannot be renamed (${error instanceof Error ? error.message : error}): if it is a mount point, set KASS_DATA to a folder in it.`,
      )
    })
    try {
      await rename(draft, folder)
    } catch (error) {
      await rename(before, folder)
      throw error
    }
  } finally {
    lock.release()
  }
  if (await hasData(before)) return before
  for (const name of ['run.lock', 'run.lock-journal']) await rm(join(before, name), { force: true })
  await rmdir(before).catch(() => {})
  return undefined
}

function holdFolder(folder: string): ReturnType<typeof lockDataFolder> {
  try {
    return lockDataFolder(folder)
  } catch (error) {
    if (error instanceof DataFolderBusy) throw new Failure('busy', error.message)
    throw error
  }
}
