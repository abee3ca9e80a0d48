import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openDataFolder } from '../../shared/adapters/filesystem/data-folder.ts'
import { identify, type ProcessId } from './processes.ts'

/** What is known of the run that holds a data folder. */
export interface RunNote {
  supervisor: ProcessId
  children: ProcessId[]
  url?: string
}

export interface DataLock {
  /** What a run before left behind in its note, when it did not end in order. */
  readonly before: RunNote | undefined
  /** Writes down which processes belong to this run. */
  note(children: readonly number[], url?: string): void
  release(): void
}

/** Thrown when another `npm start` runs on the same folder. */
export class DataFolderBusy extends Error {
  constructor(folder: string, note: RunNote | undefined) {
    const who = note ? ` (process ${note.supervisor.pid}${note.url ? `, ${note.url}` : ''})` : ''
    super(`KASS already runs on ${folder}${who}. Stop it first, or set KASS_DATA to another folder.`)
    this.name = 'DataFolderBusy'
  }
}

function isProcessId(value: unknown): value is ProcessId {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'birth' in value &&
    typeof value.birth === 'string'
  )
}

function readNote(file: string): RunNote | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof read !== 'object' || read === null || !('supervisor' in read) || !isProcessId(read.supervisor)) return
    const children = 'children' in read && Array.isArray(read.children) ? read.children.filter(isProcessId) : []
    const url = 'url' in read && typeof read.url === 'string' ? read.url : undefined
    return { supervisor: read.supervisor, children, url }
  } catch {
    return undefined
  }
}

/**
 * Takes a data folder for this process. The lock is SQLite's lock on an empty file: the operating system drops it when
 * the process dies, however it dies, so it can't go stale and no process number can be mistaken for another.
 * @throws DataFolderBusy
 */
export function lockDataFolder(folder: string): DataLock {
  openDataFolder(folder)
  const noteFile = join(folder, 'run.json')
  const lock = new DatabaseSync(join(folder, 'run.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) {
      throw new DataFolderBusy(folder, readNote(noteFile))
    }
    throw error
  }
  return {
    before: readNote(noteFile),
    note(children, url) {
      const note = { supervisor: identify(process.pid), children: children.flatMap((pid) => identify(pid) ?? []), url }
      writeFileSync(`${noteFile}.new`, JSON.stringify(note))
      renameSync(`${noteFile}.new`, noteFile)
    },
    release() {
      rmSync(noteFile, { force: true })
      lock.close()
    },
  }
}
