import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { recoverEmbedded } from '../../../shared/adapters/sqlite/recover.ts'
import { makeBackup } from '../make.ts'
import { restoreBackup } from '../restore.ts'
import { backedUp, comparisonOf, everythingIn, never, room, running } from './open.ts'

for (const name of ['b.tar', 'b.tar.gz']) {
  test(`what was backed up to ${name} is there again after a restore, to the last byte`, async (t) => {
    const { data, file, folder } = await backedUp(t, name)
    t.equal(statSync(file).mode & 0o777, 0o600, 'only its owner reads it')
    t.strictSame(
      everythingIn(data).filter((path) => path.startsWith('backup-')),
      [],
      'nothing is left of the work',
    )
    const restored = join(folder, 'deep', 'restored')
    const done = await restoreBackup(file, restored, { force: false })
    t.match(done, { folder: restored, files: 6, before: undefined })
    const kept = (path: string) => /^(objects\/stored|derived)\/..\/./.test(path)
    t.strictSame(everythingIn(restored).filter(kept), everythingIn(data).filter(kept))
    for (const path of everythingIn(data).filter(kept)) {
      t.strictSame(readFileSync(join(restored, path)), readFileSync(join(data, path)))
    }
    t.match(await comparisonOf(restored), { records: 3, objects: 3, attempts: 3, disagreements: 0 })
    const { ports } = await running(t, restored)
    const record = await ports.documents.get({ tenant: 'default', path: 'b.md' })
    t.match(record, { status: 'ready' })
    const bytes = await ports.objects.get({ tenant: 'default', path: 'b.md' }, record?.revision ?? '')
    t.match(bytes && (await text(bytes)), 'quokka-b')
    const found = await ports.index.search({ tenant: 'default', groups: undefined, text: 'quokka', depth: 10 })
    t.equal(found.text.length, 3)
  })
}

test('backups made in the middle of uploads, replacements and deletions agree with themselves', async (t) => {
  const folder = room(t)
  const data = join(folder, 'data')
  const kass = await running(t, data)
  await kass.put('first.md', '# First\n\nOf all.\n')
  const stop = new AbortController()
  let round = 0
  const busy = (async () => {
    while (!stop.signal.aborted) {
      const n = round++ % 20
      await kass.put(`d${n}.md`, `# Document ${n}\n\nIn round ${round}: ${'words '.repeat(300)}\n`)
      if (round % 3 === 0) {
        const ref = { tenant: 'default', path: `d${(round * 7) % 20}.md` }
        await kass.ports.documents.markDeleted(ref, (await kass.ports.objects.head(ref))?.revision)
        await kass.ports.queue.send({ kind: 'reconcile', ...ref })
      }
    }
  })()
  const files: string[] = []
  for (let n = 0; n < 4; n++) {
    const seen = round
    while (round < seen + 30) await new Promise((resolve) => setImmediate(resolve))
    files.push(join(folder, `b${n}.tar`))
    await makeBackup(data, join(folder, `b${n}.tar`), never)
  }
  stop.abort()
  await busy
  await kass.stop()
  for (const [n, file] of files.entries()) {
    const restored = join(folder, `restored${n}`)
    // It verifies that every object which the state names is there.
    await restoreBackup(file, restored, { force: false })
    const report = await comparisonOf(restored)
    // An upload has its bytes, and its job in the queue, a moment before its record knows of them.
    const begun = ['stale', 'object_without_record']
    t.strictSame(
      report.examples.filter(({ kind }) => !begun.includes(kind)),
      [],
    )
    t.ok(report.records > 0)
    // On a copy that no comparison has mended: the jobs that were backed up must be enough.
    const worked = join(folder, `worked${n}`)
    await restoreBackup(file, worked, { force: false })
    const again = await running(t, worked)
    await again.settled()
    await again.stop()
    recoverEmbedded({ KASS_DATA: worked })
    const after = await comparisonOf(worked)
    t.equal(after.disagreements, 0, `after a worker has ended what was under way: ${JSON.stringify(after.examples)}`)
  }
})

test('a backup that is interrupted leaves nothing, and one that a kill left is cleared away later', async (t) => {
  const { data, folder } = await backedUp(t)
  const before = everythingIn(folder)
  await t.rejects(makeBackup(data, join(folder, 'c.tar'), AbortSignal.abort()))
  t.strictSame(everythingIn(folder), before)
  // A ULID of 2016.
  const abandoned = join(data, 'backup-01ARZ3NDEKTSV4RRFFQ69G5FAV')
  mkdirSync(abandoned)
  await makeBackup(data, join(folder, 'c.tar'), never)
  t.notOk(existsSync(abandoned))
})
