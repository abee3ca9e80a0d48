import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export const manifestName = 'manifest.json'
export const format = 1

/** The first file of a backup: what else must be in it. */
export interface Manifest {
  format: number
  made_at: string
  /** Of the package that made it. */
  release: string
  files: { path: string; size: number; sha256: string }[]
}

/** Everything that a backup may hold; nothing of it leads out of the folder that it is unpacked into. */
export const lawfulPath = /^(kass\.db|index\.db|(objects\/stored|derived)\/[0-9a-z]{2}\/[^/\\\0]+)$/

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** A file as the manifest tells of it. */
export async function describe(folder: string, path: string): Promise<Manifest['files'][number]> {
  const file = join(folder, path)
  return { path, size: (await stat(file)).size, sha256: await sha256Of(file) }
}

/** The manifest that a text is; undefined when it is none. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    const found: Manifest = JSON.parse(text)
    const whole = Array.isArray(found.files) && found.files.every(({ path, sha256 }) => lawfulPath.test(path) && sha256)
    return typeof found.format === 'number' && whole ? found : undefined
  } catch {
    return undefined
  }
}
