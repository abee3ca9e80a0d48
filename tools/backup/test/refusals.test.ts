import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Test, test } from 'tap'
import { create, extract } from 'tar'
import { lockDataFolder } from '../../start/data-lock.ts'
import { makeBackup } from '../make.ts'
import { restoreBackup } from '../restore.ts'
import { backedUp, everythingIn, never, room } from './open.ts'

/** An archive as a backup is, with a change in what it holds. */
async function changed(t: Test, change: (unpacked: string) => void, extra: string[] = []): Promise<string> {
  const { file, folder } = await backedUp(t)
  const unpacked = join(folder, 'unpacked')
  mkdirSync(unpacked)
  await extract({ file, cwd: unpacked })
  change(unpacked)
  const { files } = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'))
  const names = ['manifest.json', ...files.map(({ path }: { path: string }) => path), ...extra]
  const { existsSync } = await import('node:fs')
  const made = join(folder, 'changed.tar')
  await create(
    { file: made, cwd: unpacked },
    names.filter((name) => existsSync(join(unpacked, name))),
  )
  return made
}

/** That an archive is refused, and that nothing is there afterwards which was not there before. */
async function refused(t: Test, file: string, why: RegExp) {
  const parent = room(t)
  const folder = join(parent, 'data')
  await t.rejects(restoreBackup(file, folder, { force: true }), { code: 'damaged_backup', message: why })
  t.strictSame(everythingIn(parent), [])
}

test('an archive that was cut off anywhere is refused', async (t) => {
  for (const name of ['b.tar', 'b.tar.gz']) {
    const { file, folder } = await backedUp(t, name)
    const whole = readFileSync(file)
    for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
      const cut = join(folder, `cut-${name}`)
      // The end of a tar is nothing but zeros, of which none is missed.
      writeFileSync(cut, whole.subarray(0, Math.floor((whole.length - 1100) * share)))
      await refused(t, cut, /not a whole backup/)
    }
  }
})

test('an archive in which one byte is another is refused', async (t) => {
  const { file, folder } = await backedUp(t)
  const bytes = readFileSync(file)
  const at = bytes.indexOf('quokka-b')
  t.ok(at > 0)
  bytes[at] = 'Q'.charCodeAt(0)
  const other = join(folder, 'other.tar')
  writeFileSync(other, bytes)
  await refused(t, other, /is not as it was/)
})

test('what is no archive is refused', async (t) => {
  const file = join(room(t), 'x.tar')
  writeFileSync(file, 'Dear diary, '.repeat(1000))
  await refused(t, file, /not a whole backup/)
  await t.rejects(restoreBackup(`${file}.none`, join(room(t), 'data'), { force: true }), { code: 'not_found' })
})

test('an archive that lacks its manifest, a database or the bytes of an object is refused', async (t) => {
  await refused(t, await changed(t, (at) => writeFileSync(join(at, 'manifest.json'), '{"files":[]}')), /no manifest/)
  const without = await changed(t, (at) => rmSync(join(at, 'index.db')))
  await refused(t, without, /index\.db is missing/)
  const lacking = await changed(t, (at) => {
    const manifest = JSON.parse(readFileSync(join(at, 'manifest.json'), 'utf8'))
    manifest.files = manifest.files.filter(({ path }: { path: string }) => !path.startsWith('objects/'))
    writeFileSync(join(at, 'manifest.json'), JSON.stringify(manifest))
  })
  await refused(t, lacking, /the bytes of .* are missing/)
})

test('an archive that holds a link, or what is no part of a backup, is refused', async (t) => {
  const link = await changed(t, (at) => symlinkSync('/etc/passwd', join(at, 'derived', 'evil')), ['derived/evil'])
  await refused(t, link, /it holds derived\/evil/)
  const stranger = await changed(t, (at) => writeFileSync(join(at, 'run.lock'), ''), ['run.lock'])
  await refused(t, stranger, /it holds run\.lock/)
})

test('a backup of a newer release is refused', async (t) => {
  const newer = await changed(t, (at) => {
    const manifest = JSON.parse(readFileSync(join(at, 'manifest.json'), 'utf8'))
    writeFileSync(join(at, 'manifest.json'), JSON.stringify({ ...manifest, format: 2 }))
  })
  await t.rejects(restoreBackup(newer, join(room(t), 'data'), { force: false }), { code: 'newer_backup' })
})

test('a folder with data is replaced only when that is said, and its data are kept', async (t) => {
  const { data, file } = await backedUp(t)
  const before = everythingIn(data)
  await t.rejects(restoreBackup(file, data, { force: false }), { code: 'has_data' })
  t.strictSame(everythingIn(data), before)
  const { before: kept } = await restoreBackup(file, data, { force: true })
  t.strictSame(
    everythingIn(kept ?? '').filter((path) => !path.startsWith('run.')),
    before,
  )
})

test('a folder that KASS runs on is not replaced', async (t) => {
  const { data, file, folder } = await backedUp(t)
  const lock = lockDataFolder(data)
  t.teardown(lock.release)
  const before = everythingIn(folder)
  await t.rejects(restoreBackup(file, data, { force: true }), { code: 'busy', message: /KASS already runs/ })
  t.strictSame(everythingIn(folder), before)
})

test('an empty folder is taken without more ado', async (t) => {
  const { file, folder } = await backedUp(t)
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  t.equal((await restoreBackup(file, empty, { force: false })).before, undefined)
  t.strictSame(
    everythingIn(folder).filter((path) => path.includes('before')),
    [],
  )
})

test('no backup is made of data that are damaged or not there, nor over a file', async (t) => {
  const { data, file, folder } = await backedUp(t)
  await t.rejects(makeBackup(data, file, never), { code: 'file_exists' })
  await t.rejects(makeBackup(join(folder, 'none'), join(folder, 'c.tar'), never), { code: 'no_data' })
  const db = new DatabaseSync(join(data, 'kass.db'), { readOnly: true })
  const row = db.prepare("SELECT file FROM objects WHERE path = 'b.md'").get()
  db.close()
  rmSync(join(data, 'objects', 'stored', String(row?.file)))
  const before = everythingIn(folder)
  await t.rejects(makeBackup(data, join(folder, 'c.tar'), never), { code: 'damaged_data', message: /b\.md/ })
  t.strictSame(everythingIn(folder), before)
})

test('the commands say what they did, and that other storages have backups of their own', async (t) => {
  const { data, folder } = await backedUp(t)
  const kass = async (env: Record<string, string>, ...args: string[]) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../kass.ts'), ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (out += text))
    }
    const [code] = await once(child, 'close')
    return { code, out }
  }
  const file = join(folder, 'c.tar.gz')
  const made = await kass({ KASS_DATA: data }, 'backup', file)
  t.equal(made.code, 0)
  t.match(made.out, /^Wrote .*c\.tar\.gz: 6 files, /)
  const restored = await kass({ KASS_DATA: join(folder, 'there') }, 'restore', file)
  t.equal(restored.code, 0)
  t.match(restored.out, /^Restored .*there as it was at 20.*: 6 files\./)
  t.match(await kass({ KASS_DATA: data }, 'restore', file), { code: 1, out: /--force/ })
  const aws = Object.fromEntries(
    ['DOCUMENTS_BUCKET', 'DERIVED_BUCKET', 'DOCUMENTS_TABLE', 'CONVERSATIONS_TABLE', 'CACHE_TABLE', 'ACCESS_TABLE']
      .concat('INGEST_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'AWS_REGION')
      .map((key) => [key, 'x']),
  )
  const refusal = await kass({ ...aws, STORAGE: 'aws', OPENSEARCH_URL: 'http://127.0.0.1:9' }, 'backup', 'x.tar')
  t.match(refusal, { code: 1, out: /point-in-time recovery/ })
})
