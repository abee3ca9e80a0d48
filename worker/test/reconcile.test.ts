import { type Test, test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { compare } from '../compare.ts'
import type { FaultPoint, WorkerDeps } from '../deps.ts'
import { reconcile } from '../reconcile.ts'
import { sweep } from '../sweep.ts'
import { type Bench, benchFor, holdAt, indexed, lineExtractor, recordOf, settleAll } from './harness.ts'

const path = 'notes/a.txt'
const ref = { tenant: 'default', path }
const live = new AbortController().signal

const record = (b: Bench) => recordOf(b, ref)

/** What search would show: the passages of the attempt that the record names. */
async function answering(b: Bench): Promise<string[]> {
  const found = await b.ports.documents.get(ref)
  const items = await b.ports.documents.active('default', found ? [found.id] : [])
  const attempt = found && items.get(found.id)?.attempt
  if (!attempt) return []
  const page = await b.ports.index.chunks(attempt, { limit: 100 })
  return page.items.map((passage) => passage.text)
}

const settle = (b: Bench, worker = b.worker()) => settleAll(b, ref, worker)

async function agreed(t: Test, b: Bench, worker: WorkerDeps): Promise<void> {
  b.clock.now += 3_600_000
  const report = await compare(worker)
  t.match(report, { disagreements: 0 }, 'the comparison reports nothing')
}

test('an upload becomes ready with accounting that adds up, and a second look finds nothing to do', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.upload(path, 'one\ntwo\nthree')
  await reconcile(worker, ref, live)
  const first = await record(b)
  t.match(first, { status: 'ready', accounting: { read: 3, indexed: 3, rejected: 0, chunks: 3 }, claim: undefined })
  t.same(await answering(b), ['one', 'two', 'three'])
  await reconcile(worker, ref, live)
  t.equal((await record(b)).active?.attempt, first.active?.attempt)
  await agreed(t, b, worker)
})

test('a replacement answers from the old text until the new one is ready, and the old chunks go', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.upload(path, 'old')
  await reconcile(worker, ref, live)
  await b.upload(path, 'new')
  t.same(await answering(b), ['old'])
  const hold = holdAt('pending')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  t.same(await answering(b), ['old'], 'until all of the new one is there')
  hold.wake()
  await working
  t.same(await answering(b), ['new'])
  await settle(b, worker)
  t.equal((await indexed(b)).length, 1)
  await agreed(t, b, worker)
})

test('new metadata redoes the document and takes its vectors over', async (t) => {
  const b = await benchFor(t)
  let embedded = 0
  const embedder = {
    id: 'counting',
    embed: async (texts: readonly string[]) => {
      embedded += texts.length
      return texts.map(() => new Float32Array([1, 0]))
    },
  }
  const worker = b.worker({ embedder })
  await b.upload(path, 'one\ntwo')
  await reconcile(worker, ref, live)
  t.equal(embedded, 2)
  await b.ports.documents.patch(ref, { title: 'Renamed', groups: ['hr'] })
  await reconcile(worker, ref, live)
  t.equal(embedded, 2, 'no text was embedded again')
  const { active } = await record(b)
  const { items } = await b.ports.index.chunks(active?.attempt ?? '', { limit: 10 })
  t.match(items, [{ title: 'Renamed' }, { title: 'Renamed' }])
  await settle(b, worker)
  await agreed(t, b, worker)
})

const steps: FaultPoint[] = [
  'claimed',
  'looked',
  'begun',
  'chunk-put',
  'all-put',
  'pending',
  'counted',
  'activated',
  'released',
]

for (const step of steps) {
  test(`a worker that dies at "${step}" of an upload loses nothing and doubles nothing`, async (t) => {
    const b = await benchFor(t)
    await b.upload(path, 'one\ntwo')
    const hold = holdAt(step)
    void reconcile(b.worker({ at: hold.at }), ref, live)
    await hold.reached
    const next = b.worker()
    await settle(b, next)
    t.match(await record(b), { status: 'ready', retired: [] })
    t.same(await answering(b), ['one', 'two'])
    t.equal((await indexed(b)).length, 1)
    await agreed(t, b, next)
  })
}

for (const step of ['claimed', 'looked', 'objects-purged', 'removed', 'released'] satisfies FaultPoint[]) {
  test(`a worker that dies at "${step}" of a deletion leaves nothing behind`, async (t) => {
    const b = await benchFor(t)
    const worker = b.worker()
    const revision = await b.upload(path, 'one\ntwo')
    await reconcile(worker, ref, live)
    await b.ports.documents.markDeleted(ref, revision)
    t.same(await answering(b), [], 'invisible at once')
    const hold = holdAt(step)
    void reconcile(b.worker({ at: hold.at }), ref, live)
    await hold.reached
    b.clock.now += worker.settings.leaseMs + 1
    await settle(b, worker)
    const found = await record(b)
    t.match(found, { status: 'gone', retired: [] })
    t.type(found.tombstone?.receipt.chunksPurgedAt, 'number')
    t.type(found.tombstone?.receipt.objectsPurgedAt, 'number')
    t.same(await indexed(b), [])
    t.same(await b.ports.objects.revisions(ref), [])
    await agreed(t, b, worker)
  })
}

test('a document whose processing kills the worker three times is failed until it changes or is asked for', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'poison')
  for (let i = 0; i < 3; i++) {
    const hold = holdAt('begun')
    void reconcile(b.worker({ at: hold.at }), ref, live)
    await hold.reached
    b.clock.now += 30_001
  }
  const worker = b.worker()
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'failed', failure: { code: 'worker_crashed' } })
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'failed' }, 'it is not tried again by itself')
  await b.ports.documents.reindex(ref)
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'ready' })
})

test('a holder that wakes after its lease writes nothing that stays', async (t) => {
  const b = await benchFor(t)
  for (const point of ['begun', 'chunk-put', 'all-put', 'pending', 'counted'] satisfies FaultPoint[]) {
    await b.upload(path, `first ${point}\nsecond`)
    const hold = holdAt(point)
    const paused = reconcile(b.worker({ at: hold.at }), ref, live)
    await hold.reached
    b.clock.now += 30_001
    await b.upload(path, `last ${point}`)
    const other = b.worker()
    await reconcile(other, ref, live)
    t.same(await answering(b), [`last ${point}`])
    hold.wake()
    t.match(await paused, { retryMs: 0 }, `the sleeper at "${point}" gives up`)
    t.same(await answering(b), [`last ${point}`])
    await settle(b, other)
    t.equal((await indexed(b)).length, 1)
    await agreed(t, b, other)
  }
})

test('a claim that another holds costs a delayed copy of the message, never the message', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'one')
  const hold = holdAt('claimed')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  const before = await b.ports.queue.depth()
  t.match(await reconcile(b.worker(), ref, live), { done: true })
  const after = await b.ports.queue.depth()
  t.equal(after.delayed, before.delayed + 1)
  hold.wake()
  await working
})

test('of two uploads during a claim the last one wins', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'zero')
  const hold = holdAt('chunk-put')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  await b.upload(path, 'one')
  await b.upload(path, 'two')
  hold.wake()
  await working
  await settle(b, b.worker())
  t.same(await answering(b), ['two'])
  await agreed(t, b, b.worker())
})

test('a deletion during ingestion wins, and ends the work of the holder', async (t) => {
  const b = await benchFor(t)
  const revision = await b.upload(path, 'one\ntwo')
  const hold = holdAt('chunk-put')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  await b.ports.documents.markDeleted(ref, revision)
  hold.wake()
  t.match(await working, { retryMs: 0 })
  const worker = b.worker()
  await settle(b, worker)
  t.match(await record(b), { status: 'gone', retired: [] })
  t.same(await indexed(b), [])
  await agreed(t, b, worker)
})

test('the same bytes uploaded again after a deletion are a document again', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  const revision = await b.upload(path, 'same')
  await reconcile(worker, ref, live)
  await b.ports.documents.markDeleted(ref, revision)
  const again = await b.upload(path, 'same')
  await settle(b, worker)
  t.match(await record(b), { status: 'ready', incarnation: 1, revision: again })
  t.same(await answering(b), ['same'])
  t.same(
    (await b.ports.objects.revisions(ref)).map((head) => head.revision),
    [again],
    'the deleted revision is purged all the same',
  )
  await agreed(t, b, worker)
})

test('an object that somebody removed is treated like a deletion, but its older revisions stay', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  const older = await b.upload(path, 'one')
  const newer = await b.upload(path, 'two')
  await reconcile(worker, ref, live)
  await b.ports.objects.remove(ref, newer)
  await reconcile(worker, ref, live)
  t.same(await answering(b), ['one'], 'the older revision came to light')
  await b.ports.objects.remove(ref, older)
  await settle(b, worker)
  t.match(await record(b), { status: 'gone' })
  t.same(await indexed(b), [])
})

test('a failure that may pass is tried again with growing waits, and after a day fails with its own code', async (t) => {
  const b = await benchFor(t)
  const embedder = {
    id: 'down',
    embed: async () => {
      throw new KassError('model_unavailable')
    },
  }
  const worker = b.worker({ embedder })
  await b.upload(path, 'one')
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'queued', retrying: { count: 1, code: 'model_unavailable' }, claim: undefined })
  b.clock.now += 1000
  await reconcile(worker, ref, live)
  t.match(await record(b), { retrying: { count: 2 } })
  b.clock.now += 86_400_000
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'failed', failure: { code: 'model_unavailable' } })
  await settle(b, worker)
  t.same(await indexed(b), [])
})

test('a failure that cannot pass fails at once, with code and place, and an older attempt goes on answering', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'good')
  await reconcile(b.worker(), ref, live)
  const extractor = {
    ...lineExtractor,
    // biome-ignore lint/correctness/useYield: it fails before its first event
    async *extract() {
      throw new KassError('encrypted', { place: 'page 1' })
    },
  }
  await b.upload(path, 'locked')
  const worker = b.worker({ extractor })
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'failed', failure: { code: 'encrypted', place: 'page 1' } })
  t.same(await answering(b), ['good'])
})

test('a document whose sum does not hold never becomes ready', async (t) => {
  const b = await benchFor(t)
  const extractor: WorkerDeps['extractor'] = {
    ...lineExtractor,
    async *extract(input, signal) {
      for await (const event of lineExtractor.extract(input, signal)) {
        yield event.type === 'end' ? { ...event, read: event.read + 1 } : event
      }
    },
  }
  await b.upload(path, 'one')
  await reconcile(b.worker({ extractor }), ref, live)
  t.match(await record(b), { status: 'failed', failure: { code: 'accounting_mismatch' } })
})

test('a pending attempt waits for an index that lags, and is made anew later when it never comes right', async (t) => {
  const b = await benchFor(t)
  let lost = 0
  const index = { ...b.ports.index, visibilityMs: 1000, count: async () => lost }
  const worker = b.worker({ index })
  await b.upload(path, 'one\ntwo')
  await reconcile(worker, ref, live)
  const first = await record(b)
  t.match(first, { status: 'verifying', pending: { looks: 0 } })
  for (let looks = 1; looks <= 3; looks++) {
    b.clock.now += 1000
    await reconcile(worker, ref, live)
  }
  t.match(await record(b), { status: 'queued', pending: undefined, retrying: { count: 1 } }, 'after three looks')
  b.clock.now += 1000
  await reconcile(worker, ref, live)
  t.not((await record(b)).pending?.attempt, first.pending?.attempt, 'a new attempt')
  lost = 2
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'ready' })
})

test('shutting down hands the document back without counting a crash', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'one\ntwo')
  const hold = holdAt('chunk-put')
  const stopping = new AbortController()
  const working = reconcile(b.worker({ at: hold.at }), ref, stopping.signal)
  await hold.reached
  stopping.abort()
  hold.wake()
  t.match(await working, { retryMs: 0 })
  t.match(await record(b), { status: 'queued', claim: undefined, crashes: undefined, current: undefined })
})

test('the sweep sends what waited too long, once, and leaves the rest alone', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.upload(path, 'one')
  t.equal(await sweep(worker), 0, 'nothing is overdue yet')
  b.clock.now += 60_001
  t.equal(await sweep(b.worker()), 1)
  t.equal(await sweep(b.worker()), 0, 'another sweep has just been')
})

test('the comparison finds and mends what got lost, and leaves documents under way alone', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.upload(path, 'one\ntwo')
  t.match(await compare(worker), { disagreements: 0, objects: 1, records: 1 }, 'queued is no disagreement')
  await reconcile(worker, ref, live)
  const { active, id } = await record(b)
  await b.ports.index.remove(active?.attempt ?? '')
  const stray = worker.newId()
  const info = {
    tenant: 'default',
    documentId: id,
    path,
    title: '',
    contentType: '',
    groups: [],
    tags: [],
    metadata: {},
    embedder: 'none',
  }
  await b.ports.index.put({ ...info, attempt: stray }, [
    { ordinal: 0, kind: 'text', text: 'x', section: [], locator: '', hash: 'h' },
  ])
  b.clock.now += 3_600_000
  t.match(await compare(worker), { disagreements: 2, by_kind: { wrong_count: 1, orphaned_attempt: 1 } })
  await settle(b, worker)
  t.same(await answering(b), ['one', 'two'])
  await agreed(t, b, worker)
})

test('another embedder redoes documents one by one, and they answer meanwhile', async (t) => {
  const b = await benchFor(t)
  await b.upload(path, 'one\ntwo')
  await reconcile(b.worker(), ref, live)
  t.match(await compare(b.worker()), { outdated: 0 })
  b.clock.now += 3_600_000
  const embedder = { id: 'new', embed: async (texts: readonly string[]) => texts.map(() => new Float32Array([1, 0])) }
  const worker = b.worker({ embedder })
  t.match(await compare(worker), { outdated: 1, disagreements: 0 })
  const depth = await b.ports.queue.depth()
  t.ok(depth.visible > 0, 'it was sent')
  t.same(await answering(b), ['one', 'two'])
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'ready', active: { embedder: 'new' } })
  await settle(b, worker)
  t.match(await compare(worker), { outdated: 0 })
})

test('objects that vanish in large numbers are an alarm, never deletions', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  for (let i = 0; i < 30; i++) {
    const each = { tenant: 'default', path: `f${i}.txt` }
    await b.upload(each.path, 'x')
    await reconcile(worker, each, live)
  }
  const empty = { ...b.ports.objects, head: async () => undefined, async *list() {} }
  const before = await b.ports.queue.depth()
  const report = await compare({ ...worker, ports: { ...worker.ports, objects: empty } })
  t.match(report, { disagreements: 30, alarm: /30 of 30 objects are missing/ })
  t.same(await b.ports.queue.depth(), before, 'nothing was sent')
})
