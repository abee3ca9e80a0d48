import { rm, writeFile } from 'node:fs/promises'
import { KassError } from '../../errors.ts'
import type { Room } from '../../ports/room.ts'
import { isStorageFull } from '../../storage-full.ts'

/** With less than this, the next upload or the next growth of the write-ahead log fails. */
const leastBytes = 1024 * 1024

/**
 * Asks by writing, since no figure of the file system knows of quotas.
 * @param file written and removed each time; in the folder that is asked about
 */
export function createRoom(file: string): Room {
  return {
    async check() {
      try {
        await writeFile(file, Buffer.alloc(leastBytes), { mode: 0o600 })
      } catch (error) {
        throw isStorageFull(error) ? new KassError('storage_full', { cause: error }) : error
      } finally {
        await rm(file, { force: true })
      }
    },
  }
}
