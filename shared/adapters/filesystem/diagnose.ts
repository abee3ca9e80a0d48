import { randomUUID } from 'node:crypto'
import { access, constants, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../ports/diagnosis.ts'
import { isMissing } from './missing.ts'

export interface DiskOptions {
  folder: string
  /** The setting that names the folder. */
  setting: string
  /** Below this the disk counts as full; below four times as much it is said. */
  leastBytes: number
  /** Bytes that this process may still write in a folder; the file system's word when left out. */
  freeBytes?: (folder: string) => Promise<number>
}

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const size = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`

/** The folder, or what is nearest above it where it has still to be made. */
async function nearest(folder: string): Promise<string> {
  try {
    await access(folder)
    return folder
  } catch (error) {
    if (!isMissing(error) || dirname(folder) === folder) throw error
    return nearest(dirname(folder))
  }
}

/** Whether a folder can be written to, and whether its disk has room. Nothing is made but one file, which goes again. */
export function diskCheck({ folder, setting, leastBytes, freeBytes = freeOf }: DiskOptions): DiagnosticCheck {
  const choose = `Make the folder writable for the user that runs KASS, or set ${setting} to another one.`
  async function writable(there: string): Promise<Finding> {
    const file = join(there, `.doctor-${randomUUID()}`)
    try {
      // As root everything is permitted, but not on every file system possible.
      await access(there, constants.W_OK)
      await writeFile(file, 'x', { flag: 'wx' })
      return ok(`${there} can be written to`)
    } catch (error) {
      return problem(`${there} cannot be written to (${codeOf(error)})`, choose)
    } finally {
      await rm(file, { force: true }).catch(() => {})
    }
  }
  async function room(there: string): Promise<Finding> {
    const free = await freeBytes(there)
    const left = `${size(free)} are free on the disk of ${there}`
    if (free < leastBytes) return problem(left, `Make room: at least ${size(leastBytes)} are needed.`)
    if (free < 4 * leastBytes) return warning(left, 'Make room soon, or move the folder to a larger disk.')
    return ok(left)
  }
  return {
    name: 'disk',
    async run() {
      const there = await nearest(folder)
      return [await writable(there), await room(there)]
    },
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
