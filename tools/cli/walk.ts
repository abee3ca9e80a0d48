import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { Failure, textField } from './failure.ts'

export interface Found {
  /** Where it lies on this machine. */
  file: string
  /** Where it goes in KASS: NFC, with `/`. */
  path: string
  bytes: number
}

/** What was found and can't be sent, or is nothing to send. */
export interface NotSent {
  file: string
  path: string
  /** `failed` when something that belongs to the documents is missing now. */
  outcome: 'failed' | 'skipped'
  code: 'unreadable_file' | 'unreadable_folder' | 'invalid_name' | 'dangling_link' | 'linked_folder' | 'not_a_file'
  reason: string
}

export interface Walked {
  files: Found[]
  notSent: NotSent[]
  /** Files and folders that were left out because they are hidden, or lock files of office programs. */
  hidden: number
  /** It was a file that was named, not a folder. */
  single: boolean
}

const isHidden = (name: string) => name.startsWith('.') || name.startsWith('~$')
const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)

/** A name as text; bytes that are not UTF-8 are written as `\xNN`, and `exact` is false. */
function nameOf(bytes: Buffer): { name: string; exact: boolean } {
  const name = bytes.toString('utf8')
  if (Buffer.from(name).equals(bytes)) return { name, exact: true }
  return {
    name: bytes.toString('latin1').replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`),
    exact: false,
  }
}

/**
 * The files of a folder and everything below it, by path; a single file is taken even if it is hidden. What can't be
 * read is told, and does not keep the rest from being found.
 * @throws Failure no_such_file
 */
export async function walk(from: string, prefix = ''): Promise<Walked> {
  const root = resolve(from)
  const info = await stat(root).catch((error: unknown) => {
    throw new Failure('no_such_file', `${from} cannot be read (${textField(error, 'code')}).`)
  })
  const inKass = (name: string) => (prefix === '' ? name : `${prefix.replace(/\/+$/, '')}/${name}`).normalize('NFC')
  const found: Walked = { files: [], notSent: [], hidden: 0, single: info.isFile() }
  if (info.isFile()) {
    found.files.push({ file: root, path: inKass(basename(root)), bytes: info.size })
    return found
  }
  if (!info.isDirectory()) throw new Failure('no_such_file', `${from} is neither a file nor a folder.`)
  await collect(root)
  found.files.sort(byPath)
  found.notSent.sort(byPath)
  return found

  function leave(file: string, what: Pick<NotSent, 'outcome' | 'code' | 'reason'>): void {
    found.notSent.push({ file, path: inKass(relative(root, file).split(sep).join('/')), ...what })
  }

  async function collect(folder: string): Promise<void> {
    let entries: Dirent<Buffer>[]
    try {
      entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    } catch (error) {
      const reason = `The folder cannot be read (${textField(error, 'code')}).`
      return leave(folder, { outcome: 'failed', code: 'unreadable_folder', reason })
    }
    for (const entry of entries) {
      const { name, exact } = nameOf(entry.name)
      const file = join(folder, name)
      if (isHidden(name)) found.hidden++
      else if (!exact) {
        const reason = 'Its name is not UTF-8, so no document can have it: rename it.'
        leave(file, { outcome: 'failed', code: 'invalid_name', reason })
      } else if (entry.isDirectory()) await collect(file)
      else await take(file, entry.isSymbolicLink())
    }
  }

  async function take(file: string, isLink: boolean): Promise<void> {
    try {
      const target = await stat(file)
      if (target.isFile()) {
        found.files.push({ file, path: inKass(relative(root, file).split(sep).join('/')), bytes: target.size })
      } else if (target.isDirectory()) {
        // It might lead back up; a link to a file is as good as the file.
        leave(file, { outcome: 'skipped', code: 'linked_folder', reason: 'A link to a folder is not followed.' })
      } else {
        leave(file, { outcome: 'skipped', code: 'not_a_file', reason: 'It is a pipe, a socket or a device.' })
      }
    } catch (error) {
      const code = textField(error, 'code')
      if (isLink && (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR')) {
        return leave(file, { outcome: 'skipped', code: 'dangling_link', reason: 'The link leads nowhere.' })
      }
      leave(file, { outcome: 'failed', code: 'unreadable_file', reason: `It cannot be read (${code}).` })
    }
  }
}
