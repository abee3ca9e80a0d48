import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The file that makes a folder one of KASS's. */
const state = 'kass.db'
const forOthers = 0o077
const sticky = 0o1000

/** Whether a folder holds the data of an installation. */
export function holdsData(folder: string): boolean {
  return existsSync(join(folder, state))
}

/**
 * Makes the data folder, for its owner alone: keys, conversations and every text are in it. One that is there already is
 * closed to others too, unless it is somebody else's, a shared one such as /tmp, or has been used for something else.
 */
export function openDataFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) return
  const { mode, uid } = statSync(folder)
  if ((mode & forOthers) === 0 || (mode & sticky) !== 0 || uid !== process.geteuid?.()) return
  if (holdsData(folder) || readdirSync(folder).length === 0) chmodSync(folder, 0o700)
}
