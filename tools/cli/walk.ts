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

export interface Walked {
  files: Found[]
  /** Files and folders that were left out: hidden, lock files of office programs, links to folders. */
  skipped: number
  /** It was a file that was named, not a folder. */
  single: boolean
}

const isHidden = (name: string) => name.startsWith('.') || name.startsWith('~$')

/**
 * The files of a folder and everything below it, by path; a single file is taken even if it is hidden.
 * @throws Failure no_such_file
 */
export async function walk(from: string, prefix = ''): Promise<Walked> {
  const root = resolve(from)
  const info = await stat(root).catch((error: unknown) => {
    throw new Failure('no_such_file', `${from} cannot be read (${textField(error, 'code')}).`)
  })
  const inKass = (name: string) => (prefix === '' ? name : `${prefix.replace(/\/+$/, '')}/${name}`).normalize('NFC')
  if (info.isFile()) {
    return { files: [{ file: root, path: inKass(basename(root)), bytes: info.size }], skipped: 0, single: true }
  }
  const found: Walked = { files: [], skipped: 0, single: false }
  await collect(root)
  found.files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return found

  async function collect(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name)
      if (isHidden(entry.name)) found.skipped++
      else if (entry.isDirectory()) await collect(file)
      else {
        // A link to a folder might lead back up; a link to a file is as good as the file.
        const target = await stat(file).catch(() => undefined)
        if (!target?.isFile()) found.skipped++
        else found.files.push({ file, path: inKass(relative(root, file).split(sep).join('/')), bytes: target.size })
      }
    }
  }
}
