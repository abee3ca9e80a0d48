import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { reconcile } from '../reconcile.ts'
import { rejectionsKey } from '../rejections.ts'
import { type Bench, benchFor, holdAt, indexed, lineExtractor, recordOf, settleAll } from './harness.ts'
import { onAws } from './storage.ts'

const ref = { tenant: 'default', path: 'a.txt' }
const live = new AbortController().signal

const record = (b: Bench) => recordOf(b, ref)

const settle = (b: Bench, worker = b.worker()) => settleAll(b, ref, worker)

async function kept(b: Bench): Promise<string[]> {
  return (await b.ports.objects.revisions(ref)).map((head) => head.revision)
}

test('an upload while the worker looks at a deletion keeps its own life, and the deleted bytes go all the same', async (t) => {
  const b = await benchFor(t)
  const deleted = await b.upload(ref.path, 'deleted')
  await reconcile(b.worker(), ref, live)
  await b.ports.documents.markDeleted(ref, deleted)
  const hold = holdAt('looked')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  const again = await b.upload(ref.path, 'again')
  hold.wake()
  await working
  await settle(b)
  t.match(await record(b), { status: 'ready', revision: again, incarnation: 1 })
  t.same(await kept(b), [again])
})

test('a deleted revision never comes back to light when somebody removes the one after it', async (t) => {
  const b = await benchFor(t)
  const deleted = await b.upload(ref.path, 'deleted')
  await reconcile(b.worker(), ref, live)
  await b.ports.documents.markDeleted(ref, deleted)
  const again = await b.upload(ref.path, 'again')
  await b.ports.objects.remove(ref, again)
  await settle(b)
  t.match(await record(b), { status: 'gone' })
  t.same(await kept(b), [])
  t.same(await indexed(b), [])
})

test('what failed tries have written is cleared away while the document is still tried again', async (t) => {
  const b = await benchFor(t)
  let embedded = 0
  const embedder = {
    id: 'flaky',
    embed: async (texts: readonly string[]) => {
      if (++embedded % 2 === 0) throw new KassError('model_unavailable')
      return texts.map(() => new Float32Array([1, 0]))
    },
  }
  const worker = b.worker({ embedder })
  await b.upload(ref.path, 'one\ntwo')
  for (let i = 0; i < 12; i++) {
    await reconcile(worker, ref, live)
    b.clock.now += 60_001
  }
  t.match(await record(b), { status: 'queued', retrying: { count: 12 } })
  t.ok((await indexed(b)).length <= 2, `${(await indexed(b)).length} attempts are indexed`)
  t.ok((await record(b)).retired.length <= 3, `${(await record(b)).retired.length} attempts are retired`)
})

test('a document whose chunks are never all found ends as failed', async (t) => {
  const b = await benchFor(t)
  const index = { ...b.ports.index, count: async () => 0 }
  const worker = b.worker({ index })
  await b.upload(ref.path, 'one\ntwo')
  for (let i = 0; i < 400; i++) {
    await reconcile(worker, ref, live)
    b.clock.now += 300_000
  }
  t.match(await record(b), { status: 'failed' })
})

test('looks that come before the index had its time do not count', async (t) => {
  const b = await benchFor(t)
  let visible = false
  const index = {
    ...b.ports.index,
    visibilityMs: 60_000,
    count: async (attempt: string) => (visible ? b.ports.index.count(attempt) : 0),
  }
  const worker = b.worker({ index })
  await b.upload(ref.path, 'one\ntwo')
  for (let i = 0; i < 10; i++) {
    await reconcile(worker, ref, live)
    b.clock.now += 1_000
  }
  t.match(await record(b), { status: 'verifying', pending: { looks: 0 } })
  b.clock.now += 60_000
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'verifying', pending: { looks: 1 } })
  visible = true
  await reconcile(worker, ref, live)
  t.match(await record(b), { status: 'ready' })
})

test('messages about a document that is being worked on do not pile up', async (t) => {
  const b = await benchFor(t)
  await b.upload(ref.path, 'one')
  const hold = holdAt('claimed')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  const stop = new AbortController()
  const other = b.worker()
  let handled = 0
  const consuming = b.ports.queue.consume(
    (job, context) => {
      handled++
      if (job.kind !== 'reconcile') throw new Error('only reconcile was sent')
      return reconcile(other, job, context.signal)
    },
    { concurrency: 4, signal: stop.signal },
  )
  for (let i = 0; i < 50; i++) {
    await b.ports.queue.send({ kind: 'reconcile', ...ref })
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  b.clock.now += 2_001
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { delayed, visible, held } = await b.ports.queue.depth()
  // SQS can't tell equal messages; there they must not become more than were sent.
  t.ok(
    delayed + visible + held <= (onAws ? 51 : 4),
    `${delayed + visible + held} messages wait, ${handled} were handled`,
  )
  stop.abort()
  await consuming
  hold.wake()
  await working
})

test('a holder that wakes after the purge leaves no list of rejections behind', async (t) => {
  const b = await benchFor(t)
  const extractor = {
    ...lineExtractor,
    async *extract(...input: Parameters<typeof lineExtractor.extract>) {
      for await (const event of lineExtractor.extract(...input)) {
        if (event.type === 'end')
          yield { type: 'rejected' as const, rejections: [{ place: 'line 9', reason: 'secret' }] }
        yield event.type === 'end' ? { ...event, read: event.read + 1, rejected: 1 } : event
      }
    },
  }
  const revision = await b.upload(ref.path, 'one')
  const hold = holdAt('chunk-put')
  const paused = reconcile(b.worker({ at: hold.at, extractor }), ref, live)
  await hold.reached
  const { current } = await record(b)
  await b.ports.documents.markDeleted(ref, revision)
  await settle(b)
  hold.wake()
  await paused
  t.equal(await b.ports.derived.get(rejectionsKey(ref, current?.attempt ?? '')), undefined)
})

test('a wish that comes while another is being settled stays due', async (t) => {
  const b = await benchFor(t)
  await b.upload(ref.path, 'one')
  await reconcile(b.worker(), ref, live)
  await b.ports.documents.reindex(ref)
  const hold = holdAt('removed')
  const working = reconcile(b.worker({ at: hold.at }), ref, live)
  await hold.reached
  // The process that takes this wish dies before it sends the message.
  await b.ports.documents.patch(ref, { title: 'Renamed' })
  hold.wake()
  await working
  t.match(await record(b), { status: 'queued', title: 'Renamed' })
  t.type((await record(b)).dueAt, 'number')
  await settle(b)
  t.match(await record(b), { status: 'ready' })
})

test('a wish that comes while a document fails stays due', async (t) => {
  const b = await benchFor(t)
  const extractor = {
    ...lineExtractor,
    // biome-ignore lint/correctness/useYield: it fails before its first event
    async *extract() {
      await b.ports.documents.patch(ref, { title: 'Renamed' })
      throw new KassError('encrypted')
    },
  }
  await b.upload(ref.path, 'one')
  await reconcile(b.worker({ extractor }), ref, live)
  const { status, dueAt, failure } = await record(b)
  t.ok(status === 'queued' ? dueAt !== undefined : true, 'queued and due, or')
  // The failure is that of the newest wish, so that nothing is left to be done.
  await b.ports.documents.patch(ref, { title: 'Renamed' })
  await reconcile(b.worker({ extractor }), ref, live)
  t.equal((await record(b)).failure?.fingerprint, failure?.fingerprint)
})

test('shutting down does not begin the day of retries anew', async (t) => {
  const b = await benchFor(t)
  const embedder = {
    id: 'down',
    embed: async () => {
      throw new KassError('model_unavailable')
    },
  }
  await b.upload(ref.path, 'one')
  await reconcile(b.worker({ embedder }), ref, live)
  const { retrying } = await record(b)
  b.clock.now += 60_000
  const hold = holdAt('begun')
  const stopping = new AbortController()
  const working = reconcile(b.worker({ embedder, at: hold.at }), ref, stopping.signal)
  await hold.reached
  stopping.abort()
  hold.wake()
  await working
  t.same((await record(b)).retrying, retrying)
})
