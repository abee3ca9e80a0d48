import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DerivedStore } from '../../ports/object-store.ts'
import { ulid } from '../../ulid.ts'
import { openStaging } from '../staging.ts'
import { isMissing } from './missing.ts'

/** By the first byte of a digest; and how many of them one call of `expire` looks into. */
const folders = 256
const foldersAtOnce = 4
/** Most file systems allow 255 bytes. */
const longestName = 200

/** One file name for each key: `/` and everything else that means something to a file system is encoded. */
function nameOf(key: string, digest: string): string {
  if (!key.isWellFormed()) return digest
  const name = encodeURIComponent(key).replace(/^\./, '%2E').replaceAll('*', '%2A')
  return name === '' || name.length > longestName ? digest : name
}

/** What KASS derives, a file for each key. A reader sees the former body or the new one, never half of one. */
export function createFilesystemDerived(options: { folder: string }): DerivedStore {
  const staging = join(options.folder, 'staging')
  openStaging(staging)
  let turn = 0

  function placeOf(key: string): string {
    const digest = createHash('sha256').update(key, 'utf16le').digest('hex')
    return join(options.folder, digest.slice(0, 2), nameOf(key, digest))
  }

  return {
    async put(key, body) {
      const place = placeOf(key)
      const draft = join(staging, ulid())
      try {
        await writeFile(draft, body)
        await rename(draft, place).catch(async (error: unknown) => {
          if (!isMissing(error)) throw error
          await mkdir(dirname(place), { recursive: true })
          await rename(draft, place)
        })
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    async get(key) {
      try {
        return await readFile(placeOf(key))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async remove(key) {
      await rm(placeOf(key), { force: true })
    },
    async expire(prefix, before, limit) {
      const beginning = nameOf(prefix, '')
      let removed = 0
      for (let looked = 0; looked < foldersAtOnce; looked++) {
        const folder = join(options.folder, turn.toString(16).padStart(2, '0'))
        for (const name of await readdir(folder).catch(() => [])) {
          if (!name.startsWith(beginning)) continue
          const file = join(folder, name)
          const put = await stat(file).catch(() => undefined)
          if (!put || put.mtimeMs >= before) continue
          if (removed === limit) return { removed, more: true }
          await rm(file, { force: true })
          removed++
        }
        turn = (turn + 1) % folders
      }
      return { removed, more: turn !== 0 }
    },
  }
}
