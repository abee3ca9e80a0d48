import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { maxBytes, ref, textOf, upload } from '../../../test/contracts/object-store/support.ts'
import { collect } from '../../../test/contracts/support.ts'
import { kill, lines, startChild } from '../../sqlite/test/children.ts'
import { createFilesystemObjects } from '../objects.ts'
import { openObjects } from './open.ts'

test('a commit that fails leaves neither file nor revision nor job', async (t) => {
  const { connect, folder, stored } = openObjects(t)
  const { db } = connect()
  const queue = {
    enqueue() {
      throw new Error('the disk is full')
    },
    wake() {},
  }
  const objects = createFilesystemObjects({ folder: join(folder, 'objects'), db, queue, keepRevisions: 3 })
  const staged = await objects.stage(Readable.from(['hello']), { maxBytes })
  await t.rejects(staged.commit(ref, { contentType: 'text/plain' }), { message: 'the disk is full' })
  t.equal(stored(), 0)
  t.equal(await objects.head(ref), undefined)
})

test('nothing of a path is in the name of a file', async (t) => {
  const { connect, folder } = openObjects(t)
  const { objects } = connect()
  await upload(objects, 'x', { tenant: 'acme', path: '../secret/../name.md' })
  const [file] = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  )
  t.match(file?.name, /^doc_[a-z2-7]{24}\.[0-9A-Z]{26}$/)
})

test('what an upload of an earlier run left is removed at the next start; one that is under way is not', async (t) => {
  const { connect, folder, stored } = openObjects(t)
  connect()
  const staging = join(folder, 'objects/staging')
  for (const name of ['abandoned', 'under-way']) writeFileSync(join(staging, name), 'x')
  const before = new Date(Date.now() - 61 * 60 * 1000)
  utimesSync(join(staging, 'abandoned'), before, before)
  t.equal(stored(), 2)
  connect()
  t.same(readdirSync(staging), ['under-way'])
})

test('so many files without a name that they are no leftovers are kept: the names were lost', async (t) => {
  const { connect, stored } = openObjects(t)
  const { db, objects } = connect()
  for (let i = 0; i < 25; i++) await upload(objects, 'x', { tenant: 'acme', path: `f${i}.md` })
  db.raw.exec('DELETE FROM objects')
  t.same(await objects.collectGarbage({ olderThanMs: 0 }), { removed: 0, kept: 25 })
  t.equal(stored(), 25)
})

test('files that no revision names are collected, but not those of a commit under way', async (t) => {
  const { connect, folder, stored } = openObjects(t)
  const { objects } = connect()
  const { revision } = await upload(objects, 'kept')
  await upload(objects, 'x', { tenant: 'acme', path: 'other.md' })
  const [some = ''] = readdirSync(join(folder, 'objects/stored'))
  writeFileSync(join(folder, 'objects/stored', some, 'doc_orphan.1'), 'x')
  t.match(await objects.collectGarbage(), { removed: 0 }, 'it is too young')
  t.match(await objects.collectGarbage({ olderThanMs: 0 }), { removed: 1, kept: 0 })
  t.equal(stored(), 2)
  t.equal(await textOf(objects, revision), 'kept')
})

test('kill -9 during uploads: every revision has its bytes and its job, and no file stays for nothing', async (t) => {
  const { connect, folder, stored } = openObjects(t)
  const { db, objects } = connect()
  for (let round = 1; round <= 3; round++) {
    const child = startChild(t, '../../../filesystem/test/children/upload', folder, String(round))
    await lines(child, 15)
    await kill(child)
  }
  const heads = await collect(objects.list())
  t.ok(heads.length >= 45)
  for (const head of heads) {
    const body = await textOf(objects, head.revision, head)
    if (body?.length !== head.size) t.fail(`${head.path} has not all its bytes`)
  }
  const jobs = db.sql('SELECT about FROM jobs ORDER BY about').all()
  t.same(
    jobs.map((row) => row.about),
    heads.map((head) => head.path).sort(),
  )
  await objects.collectGarbage({ olderThanMs: 0 })
  const staged = readdirSync(join(folder, 'objects/staging')).length
  t.equal(stored() - staged, heads.length)
})

test('a revision is there until its bytes are gone', async (t) => {
  const { connect, folder } = openObjects(t)
  const { objects } = connect()
  const { revision } = await upload(objects, 'secret')
  const [file] = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  )
  const place = join(file?.parentPath ?? '', file?.name ?? '')
  // Something that cannot be removed like a file.
  rmSync(place)
  mkdirSync(place)
  await t.rejects(objects.remove(ref, revision))
  t.equal((await objects.revisions(ref)).length, 1, 'so whoever removes it tries again')
  rmSync(place, { recursive: true })
  await objects.remove(ref, revision)
  t.equal((await objects.revisions(ref)).length, 0)
})
