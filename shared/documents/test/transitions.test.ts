import fc from 'fast-check'
import { test } from 'tap'
import type { DocumentRecord, ObjectHead } from '../document.ts'
import * as step from '../transitions.ts'

const ref = { tenant: 'default', path: 'a/report.pdf' }
const head = (revision: string, createdAt: number): ObjectHead => ({
  ...ref,
  revision,
  createdAt,
  size: 3,
  sha256: 'abc',
  contentType: 'text/plain',
})
const accounting = { unit: 'rows', read: 2, indexed: 2, rejected: 0, chunks: 1, rejections: [] }
const by = { token: 't1', holder: 'h', leaseMs: 100 }

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there should be a value')
  return value
}

function ready(attempt: string, revision = 'r1'): DocumentRecord {
  const seen = step.observe(undefined, head(revision, 5), 10)
  const held = must(step.claim(seen, ref, by, 11))
  const begun = step.begin(held, { attempt, fingerprint: `f-${revision}` }, 12)
  const made = step.pending(begun, { chunks: 1, accounting, revision, embedder: 'none' }, 13)
  const active = step.activate(made, 14)
  return step.release(active, { settled: active }, 15)
}

test('a document goes from queued over processing and verifying to ready', async (t) => {
  const seen = step.observe(undefined, head('r1', 5), 10)
  t.match(seen, { status: 'queued', version: 1, title: 'report.pdf', revision: 'r1' })
  const record = ready('a1')
  t.match(record, { status: 'ready', active: { attempt: 'a1', chunks: 1 }, accounting, claim: undefined })
  t.equal(record.dueAt, undefined)
})

test('a revision that was seen, an older one and the deleted one change nothing', async (t) => {
  const record = ready('a1')
  t.equal(step.observe(record, head('r1', 99), 20), record)
  t.equal(step.observe(record, head('r0', 4), 20), record)
  const deleted = must(step.markDeleted(record, 'r1', 20))
  t.equal(step.observe(deleted, head('r1', 30), 31), deleted)
})

test('the old attempt answers until the new one is ready, then it is retired', async (t) => {
  const replaced = step.observe(ready('a1'), head('r2', 50), 51)
  t.match(replaced, { status: 'queued', version: 2, active: { attempt: 'a1' } })
  const held = must(step.claim(replaced, ref, by, 52))
  const begun = step.begin(held, { attempt: 'a2', fingerprint: 'f-r2' }, 53)
  t.equal(step.activeItem(begun).attempt, 'a1')
  const made = step.pending(begun, { chunks: 1, accounting, revision: 'r2', embedder: 'none' }, 54)
  const active = step.activate(made, 55)
  t.match(active, { active: { attempt: 'a2' }, retired: [{ attempt: 'a1' }] })
})

test('a deletion hides at once, retires every attempt and voids the claim', async (t) => {
  const held = must(step.claim(ready('a1'), ref, by, 20))
  const begun = step.begin(held, { attempt: 'a2', fingerprint: 'f' }, 21)
  const deleted = must(step.markDeleted(begun, 'r1', 22))
  t.match(deleted, { status: 'gone', claim: undefined, active: undefined, incarnation: 1 })
  t.same(deleted.retired.map((entry) => entry.attempt).sort(), ['a1', 'a2'])
  t.match(step.activeItem(deleted), { deleted: true, attempt: undefined })
  t.equal(step.markDeleted(deleted, 'r1', 23), deleted, 'deleting again changes nothing')
  t.equal(step.patch(deleted, { title: 'x' }, 24), undefined)
})

test('a later revision of the same bytes lifts the tombstone, and what was said before stays hidden', async (t) => {
  const deleted = must(step.markDeleted(ready('a1'), 'r1', 20))
  const back = step.observe(deleted, head('r2', 30), 31)
  t.match(back, { status: 'queued', revision: 'r2', incarnation: 1 })
  t.equal(step.isDeleted(back), false)
  t.equal(step.activeItem(back).attempt, undefined)
})

test('an expired claim is taken over: its attempt is retired and the crash counted for its fingerprint', async (t) => {
  const held = must(step.claim(ready('a1'), ref, by, 20))
  const begun = step.begin(held, { attempt: 'a2', fingerprint: 'f2' }, 21)
  t.equal(step.claim(begun, ref, { ...by, token: 't2' }, 119), undefined, 'not before the lease ends')
  const taken = must(step.claim(begun, ref, { ...by, token: 't2' }, 120))
  t.match(taken, { claim: { token: 't2' }, current: undefined, crashes: { fingerprint: 'f2', count: 1 } })
  t.same(taken.retired, [{ attempt: 'a2' }])
  const again = must(
    step.claim(step.begin(taken, { attempt: 'a3', fingerprint: 'f2' }, 121), ref, { ...by, token: 't3' }, 999),
  )
  t.match(again.crashes, { fingerprint: 'f2', count: 2 })
})

test('an attempt that is complete takes the place of one that was pending, which is retired', async (t) => {
  const held = must(step.claim(ready('a1'), ref, by, 20))
  const about = { chunks: 1, accounting, revision: 'r1', embedder: 'none' }
  const first = step.pending(step.begin(held, { attempt: 'a2', fingerprint: 'f' }, 21), about, 22)
  const second = step.pending(step.begin(first, { attempt: 'a3', fingerprint: 'f' }, 23), about, 24)
  t.match(second, { active: { attempt: 'a1' }, pending: { attempt: 'a3' }, current: undefined })
  t.same(second.retired, [{ attempt: 'a2' }])
})

test('a pending attempt outlives a crash', async (t) => {
  const held = must(step.claim(ready('a1'), ref, by, 20))
  const begun = step.begin(held, { attempt: 'a2', fingerprint: 'f2' }, 21)
  const made = step.pending(begun, { chunks: 1, accounting, revision: 'r1', embedder: 'none' }, 22)
  const taken = must(step.claim(made, ref, { ...by, token: 't2' }, 500))
  t.match(taken, { pending: { attempt: 'a2' }, retired: [], crashes: undefined })
})

test('a receipt is complete when every attempt was removed, seen empty and taken off', async (t) => {
  let record = must(step.markDeleted(ready('a1'), 'r1', 20))
  record = step.removed(record, 'a1', 'removed', 21)
  t.same(record.retired, [{ attempt: 'a1', removedAt: 21 }])
  record = step.removed(record, 'a1', 'empty', 22)
  t.equal(record.tombstone?.receipt.chunksPurgedAt, undefined)
  record = step.objectsPurged(step.removed(record, 'a1', 'purged', 23), 24)
  t.same(record.tombstone?.receipt, { deletedAt: 20, invisibleAt: 20, chunksPurgedAt: 23, objectsPurgedAt: 24 })
})

test('a claim given back in the middle of an attempt retires it and queues the document', async (t) => {
  const held = must(step.claim(step.observe(undefined, head('r1', 5), 10), ref, by, 20))
  const begun = step.begin(held, { attempt: 'a1', fingerprint: 'f' }, 21)
  const released = step.release(begun, {}, 22)
  t.match(released, { status: 'queued', claim: undefined, current: undefined, retired: [{ attempt: 'a1' }] })
  t.ok(released.dueAt, 'the sweep will look at it')
})

test('a failure keeps the older attempt answering', async (t) => {
  const replaced = step.observe(ready('a1'), head('r2', 50), 51)
  const held = must(step.claim(replaced, ref, by, 52))
  const failed = step.fail(held, { code: 'damaged', message: 'cut short', fingerprint: 'f2' }, 53)
  t.match(failed, { status: 'failed', failure: { code: 'damaged', at: 53 }, active: { attempt: 'a1' } })
})

test('an object that somebody removed is buried like a deletion, under the holder that found out', async (t) => {
  const held = must(step.claim(ready('a1'), ref, by, 20))
  const buried = step.gone(held, { seen: 'r1' }, 21)
  t.match(buried, { status: 'gone', claim: { token: 't1' }, retired: [{ attempt: 'a1' }], revision: undefined })
  t.equal(step.isDeleted(buried), true)
})

test('in whatever order revisions of one second are told of, whoever looks puts the newest one right', async (t) => {
  const told = fc.shuffledSubarray(['r1', 'r2', 'r3', 'r4'], { minLength: 1 })
  fc.assert(
    fc.property(told, (order) => {
      const record = order.reduce<DocumentRecord | undefined>(
        (seen, revision) => step.observe(seen, head(revision, 1000), 2000),
        undefined,
      )
      const right = step.adopt(must(record), head('r4', 1000), 3000)
      if (right.revision !== 'r4' || right.status !== 'queued') throw new Error(`${right.revision} is ${right.status}`)
    }),
  )
  t.pass('it does')
})

const later = { until: 1_000, attributes: { title: 'To come', groups: ['hr'] } }
const afterwards = 1_000 + 10 * 60_000

test('a document that has never had bytes is awaited, looked for when the time is over, and then forgotten', async (t) => {
  const awaited = step.expect(undefined, ref, later, 10)
  t.match(awaited, {
    status: 'awaiting',
    title: 'To come',
    groups: ['hr'],
    awaitedUntil: afterwards,
    dueAt: afterwards,
  })
  const held = must(step.claim(awaited, ref, by, 20))
  t.equal(step.gone(held, { seen: undefined }, 30), held, 'not before')
  const released = step.release(held, {}, 30)
  t.match(released, { status: 'awaiting', dueAt: afterwards })
  t.match(step.gone(released, { seen: undefined }, afterwards), { status: 'gone', awaitedUntil: undefined })
})

test('the bytes that were awaited are a revision like any other', async (t) => {
  const came = step.observe(step.expect(undefined, ref, later, 10), head('r1', 50), 60)
  t.match(came, { status: 'queued', version: 1, title: 'To come', groups: ['hr'], awaitedUntil: undefined })
})

test('a document that has bytes, or is being deleted with them, is not awaited', async (t) => {
  const record = ready('a1')
  t.equal(step.expect(record, ref, later, 20), record)
  const deleted = must(step.markDeleted(record, 'r1', 20))
  t.equal(step.expect(deleted, ref, later, 30), deleted)
})

test('a document of which nothing is left can be awaited again', async (t) => {
  const forgotten = step.gone(step.expect(undefined, ref, later, 10), { seen: undefined }, afterwards)
  const again = step.expect(forgotten, ref, { until: 2 * afterwards }, afterwards + 10)
  t.match(again, { status: 'awaiting', tombstone: undefined })
  t.equal(step.isDeleted(again), false)
})

test('what is awaited can be described anew and cannot be redone', async (t) => {
  const awaited = step.expect(undefined, ref, later, 10)
  t.match(step.patch(awaited, { title: 'New' }, 20), { status: 'awaiting', title: 'New' })
  t.equal(step.reindex(awaited, 20), awaited)
  t.match(step.markDeleted(awaited, undefined, 20), { status: 'gone', awaitedUntil: undefined })
})
