import { buffer } from 'node:stream/consumers'
import { test } from 'tap'
import { collect } from '../support.ts'
import { type OpenObjects, ref, textOf, upload } from './support.ts'

/** Revisions: their order, their number, their end. */
export function changePromises(name: string, open: OpenObjects): void {
  test(`${name}: the newest revision is the object, the one before can still be read`, async (t) => {
    const { objects, other } = await open(t)
    const first = await upload(objects, 'one')
    const second = await upload(objects, 'two')
    t.same(await other.head(ref), second)
    t.same(await other.revisions(ref), [first, second])
    t.equal(await textOf(other, first.revision), 'one')
    t.equal(await textOf(other, second.revision), 'two')
  })

  test(`${name}: a later revision has a later time, even when the clock stands still or goes back`, async (t) => {
    const { objects, other, clock, timeStepMs } = await open(t)
    const heads = [await upload(objects, '1'), await upload(other, '2')]
    clock.advance(-60_000)
    heads.push(await upload(objects, '3'))
    for (const { revision } of heads) await objects.remove(ref, revision)
    heads.push(await upload(objects, '4'))
    const times = heads.map((head) => head.createdAt)
    const possible = timeStepMs === undefined ? [...new Set(times)] : times
    t.same(
      times,
      possible.toSorted((a, b) => a - b),
    )
    t.equal((await objects.head(ref))?.sha256, heads.at(-1)?.sha256)
  })

  test(`${name}: commits at the same time on two connections all land, one after the other`, async (t) => {
    const { objects, other, keepRevisions = 5, timeStepMs } = await open(t)
    const bodies = Array.from({ length: keepRevisions }, (_, n) => `body ${n}`)
    const heads = await Promise.all(bodies.map((body, n) => upload(n % 2 ? objects : other, body)))
    const kept = await objects.revisions(ref)
    t.equal(kept.length, keepRevisions)
    if (timeStepMs === undefined) t.equal(new Set(heads.map((head) => head.createdAt)).size, keepRevisions)
    t.same(await objects.head(ref), kept.at(-1))
  })

  test(`${name}: only so many revisions are kept, and dropping old ones sends no job`, async (t) => {
    const { objects, keepRevisions, jobs, stored } = await open(t)
    const uploads = 2 + (keepRevisions ?? 4)
    const heads = []
    for (let n = 0; n < uploads; n++) {
      heads.push(await upload(objects, `body ${n}`))
      t.equal((await jobs()).length, 1)
    }
    const kept = keepRevisions ?? uploads
    t.same(await objects.revisions(ref), heads.slice(-kept))
    const first = await objects.get(ref, heads[0]?.revision ?? '')
    t.equal(first === undefined, kept < uploads)
    first?.destroy()
    t.equal(await stored(), kept)
  })

  test(`${name}: a removed revision is gone, bytes included; removing it again is no error`, async (t) => {
    const { objects, other, stored } = await open(t)
    const { revision } = await upload(objects, 'one')
    await objects.remove(ref, revision)
    await other.remove(ref, revision)
    t.equal(await other.head(ref), undefined)
    t.equal(await other.get(ref, revision), undefined)
    t.same(await other.revisions(ref), [])
    t.equal(await stored(), 0)
  })

  test(`${name}: a job follows when the newest revision is removed, and only then`, async (t) => {
    const { objects, jobs, spareJobs } = await open(t)
    const [first, second, third] = [await upload(objects, '1'), await upload(objects, '2'), await upload(objects, '3')]
    await jobs()
    await objects.remove(ref, first.revision)
    const spare = await jobs()
    t.same(spare, spareJobs ? spare.map(() => ({ kind: 'reconcile', ...ref })) : [], 'an old one')
    await objects.remove(ref, third.revision)
    t.same(await jobs(), [{ kind: 'reconcile', ...ref }], 'the newest one')
    t.same(await objects.head(ref), second)
    await objects.remove(ref, second.revision)
    t.same(await jobs(), [{ kind: 'reconcile', ...ref }], 'the last one')
    await objects.remove(ref, second.revision)
    t.same(await jobs(), [], 'one that is gone')
  })

  test(`${name}: who has begun to read a revision reads it to its end`, async (t) => {
    const { objects, other } = await open(t)
    const { revision } = await upload(objects, 'x'.repeat(300_000))
    const body = await objects.get(ref, revision)
    await other.remove(ref, revision)
    t.equal(body && (await buffer(body)).length, 300_000)
  })

  test(`${name}: the same path of two tenants is two objects`, async (t) => {
    const { objects } = await open(t)
    const theirs = { tenant: 'other', path: ref.path }
    const mine = await upload(objects, 'mine')
    const their = await upload(objects, 'theirs', theirs)
    t.equal(await textOf(objects, mine.revision), 'mine')
    t.equal(await textOf(objects, their.revision, theirs), 'theirs')
    t.equal(await objects.get(theirs, mine.revision), undefined)
    await objects.remove(ref, their.revision)
    t.same(await objects.head(theirs), their)
  })

  test(`${name}: a path is only a name, whatever stands in it`, async (t) => {
    const { objects } = await open(t)
    for (const path of ['../../etc/passwd', 'a/../b', 'ü 😀.md', '%2e%2e/x', "it's; DROP", 'x'.repeat(900), 'CON']) {
      const head = await upload(objects, path, { tenant: 'acme', path })
      t.equal(await textOf(objects, head.revision, { tenant: 'acme', path }), path)
    }
  })

  test(`${name}: the list has the newest revision of every object of every tenant, once`, async (t) => {
    const { objects, other } = await open(t)
    const wanted = new Map<string, string>()
    for (let n = 0; n < 230; n++) {
      const document = { tenant: n % 3 ? 'acme' : 'other', path: `${n % 210}.md` }
      const { revision } = await upload(objects, String(n), document)
      wanted.set(`${document.tenant}/${document.path}`, revision)
    }
    const listed = await collect(other.list())
    t.equal(listed.length, wanted.size)
    t.same(new Map(listed.map((head) => [`${head.tenant}/${head.path}`, head.revision])), wanted)
  })
}
