import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { decodeTime } from 'ulid'
import packageAbout from '../../package.json' with { type: 'json' }
import { ulid } from '../../shared/ulid.ts'
import { Failure } from '../cli/failure.ts'
import { describe, format, type Manifest, manifestName } from './manifest.ts'
import { filesIn, snapshot } from './snapshot.ts'

const workPrefix = 'backup-'
/** A backup takes no longer: what is older was left by one that was killed. */
const abandonedMs = 24 * 60 * 60_000

export interface Made {
  file: string
  bytes: number
  files: number
}

/**
 * Makes an archive (tar, gzipped when its name ends in `gz`) of the embedded data, while KASS runs on it. The file appears
 * under its name when it is whole.
 * @throws Failure `no_data`, `file_exists`, `damaged_data`
 */
export async function makeBackup(data: string, target: string, signal: AbortSignal): Promise<Made> {
  const file = resolve(target)
  if (!existsSync(join(data, 'kass.db'))) throw new Failure('no_data', `There is no data in ${data}: set KASS_DATA.`)
  if (existsSync(file)) throw new Failure('file_exists', `${file} is there already; choose another name.`)
  await removeAbandoned(data)
  const work = join(data, `${workPrefix}${ulid()}`)
  const partial = join(dirname(file), `.${basename(file)}.${ulid()}.partial`)
  await mkdir(work, { mode: 0o700 })
  try {
    await snapshot(data, work)
    signal.throwIfAborted()
    const manifest = await manifestOf(work)
    await writeFile(join(work, manifestName), JSON.stringify(manifest))
    const { create } = await import('tar')
    const names = [manifestName, ...manifest.files.map(({ path }) => path)]
    // Keys are in it, if only as hashes, and what signs uploads.
    const out = createWriteStream(partial, { mode: 0o600, flags: 'wx' })
    await pipeline(create({ cwd: work, gzip: file.endsWith('gz'), portable: true }, names), out, { signal })
    await flush(partial)
    await rename(partial, file)
    return { file, bytes: (await stat(file)).size, files: manifest.files.length }
  } finally {
    await rm(work, { recursive: true, force: true })
    await rm(partial, { force: true })
  }
}

async function manifestOf(work: string): Promise<Manifest> {
  const paths = ['kass.db', 'index.db']
  for (const folder of ['objects/stored', 'derived']) {
    for (const file of await filesIn(join(work, folder))) paths.push(`${folder}/${file}`)
  }
  const files: Manifest['files'] = []
  for (const path of paths) files.push(await describe(work, path))
  return { format, made_at: new Date().toISOString(), release: packageAbout.version, files }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file)
  await handle.sync()
  await handle.close()
}

async function removeAbandoned(data: string): Promise<void> {
  for (const name of await readdir(data)) {
    const id = name.startsWith(workPrefix) ? name.slice(workPrefix.length) : ''
    if (!/^[0-9A-Z]{26}$/.test(id) || Date.now() - decodeTime(id) < abandonedMs) continue
    await rm(join(data, name), { recursive: true, force: true })
  }
}
