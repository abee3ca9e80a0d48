import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DerivedStore } from '../../ports/object-store.ts'
import { ulid } from '../../ulid.ts'
import { openStaging } from '../staging.ts'
import { isMissing } from './missing.ts'

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
  }
}
