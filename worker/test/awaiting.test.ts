import { test } from 'tap'
import { compare } from '../compare.ts'
import { reconcile } from '../reconcile.ts'
import { sweep } from '../sweep.ts'
import { benchFor, indexed, recordOf, settleAll } from './harness.ts'

const ref = { tenant: 'default', path: 'a.txt' }
const live = new AbortController().signal
const minute = 60_000

test('a document whose bytes are still to come is no deletion, whoever looks at it', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.ports.documents.expect(ref, { until: b.clock.now + 15 * minute })
  await settleAll(b, ref, worker)
  t.equal((await recordOf(b, ref)).status, 'awaiting')
  t.match(await compare(worker), { records: 1, disagreements: 0 })
  t.equal(await sweep(worker), 0, 'nothing to do before its time')
})

test('what never came is forgotten when its time is over', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.ports.documents.expect(ref, { until: b.clock.now + 15 * minute })
  await reconcile(worker, ref, live)
  b.clock.now += 30 * minute
  t.equal(await sweep(worker), 1)
  await reconcile(worker, ref, live)
  t.equal((await recordOf(b, ref)).status, 'gone')
  t.match(await compare(worker), { disagreements: 0 })
})

test('what came is read, however late, and even after it was forgotten', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  for (const wait of [0, 40 * minute]) {
    const document = { tenant: 'default', path: `${wait}.txt` }
    await b.ports.documents.expect(document, { until: b.clock.now + 15 * minute, attributes: { title: 'Expected' } })
    b.clock.now += wait
    await reconcile(worker, document, live)
    await b.upload(document.path, 'words')
    await reconcile(worker, document, live)
    t.match(await recordOf(b, document), { status: 'ready', title: wait === 0 ? 'Expected' : String })
  }
})

test('what is left of a former life is removed while the next one is awaited', async (t) => {
  const b = await benchFor(t)
  const worker = b.worker()
  await b.upload(ref.path, 'words')
  await reconcile(worker, ref, live)
  // Somebody removes the object behind our back, and before the chunks are purged a new one is announced.
  const head = await b.ports.objects.head(ref)
  await b.ports.objects.remove(ref, head?.revision ?? '')
  await reconcile(worker, ref, live)
  await b.ports.documents.expect(ref, { until: b.clock.now + 15 * minute })
  await settleAll(b, ref, worker)
  t.match(await recordOf(b, ref), { status: 'awaiting', retired: [] })
  t.same(await indexed(b), [])
})
