import { test } from 'tap'
import { traceKey } from '../../shared/documents/trace-key.ts'
import type { NewMessage } from '../../shared/ports/conversation-store.ts'
import { compare } from '../compare.ts'
import { reconcile } from '../reconcile.ts'
import { retain } from '../retention.ts'
import { benchFor, indexed, type lineExtractor, recordOf, settleAll } from './harness.ts'

const day = 86_400_000
const ada = { tenant: 'default', subject: 'ada' }
const live = new AbortController().signal
const message = (id: string, createdAt: number): NewMessage => ({
  ...{ id, role: 'assistant', content: id, createdAt, sources: [], citations: [] },
})

test('a conversation goes when its time is over, with its traces and feedback; others stay', async (t) => {
  const b = await benchFor(t)
  const { conversations, derived } = b.ports
  const worker = b.worker({ retainMs: { conversations: 30 * day } })
  for (const [conversation, age] of [['old', 31] as const, ['young', 29] as const]) {
    const id = `m-${conversation}`
    await conversations.append(ada, conversation, message(id, b.clock.now - age * day))
    await conversations.rate(ada, id, { rating: 'up', at: b.clock.now })
    await derived.put(traceKey(id), '{}')
  }
  t.match(await retain(worker), { conversations: 1 })
  t.equal(await conversations.get(ada, 'old'), undefined)
  t.equal(await derived.get(traceKey('m-old')), undefined)
  t.strictSame(
    (await conversations.rated('default', { limit: 10 })).items.map(({ id }) => id),
    ['m-young'],
  )
  t.ok(await derived.get(traceKey('m-young')))
  b.clock.now += 2 * day
  t.match(await retain(worker), { conversations: 1 })
  t.equal(await conversations.get(ada, 'young'), undefined)
})

test('traces and feedback go by times of their own, and their conversations stay', async (t) => {
  const b = await benchFor(t)
  const { conversations, derived } = b.ports
  await conversations.append(ada, 'c1', message('m1', b.clock.now))
  await conversations.rate(ada, 'm1', { rating: 'up', at: b.clock.now - 8 * day })
  await derived.put(traceKey('m1'), '{}')
  // Files and objects are as old as the machine says, whatever this clock does.
  b.clock.now = Date.now()
  const young = b.worker({ retainMs: { traces: day } })
  for (let n = 0; n < 64; n++) await retain(young)
  t.ok(await derived.get(traceKey('m1')), 'it is not a day old')
  b.clock.now = Date.now() + 2 * day
  for (let n = 0; n < 64; n++) await retain(young)
  t.equal(await derived.get(traceKey('m1')), undefined)
  t.ok(await conversations.message(ada, 'm1'))
})

test('nothing is removed, and nothing asked, as long as everything is kept', async (t) => {
  const b = await benchFor(t)
  await b.ports.conversations.append(ada, 'c1', message('m1', 1))
  b.ports.documents.lease = async () => t.fail('the storage was asked')
  t.strictSame(await retain(b.worker()), { conversations: 0, traces: 0 })
  t.ok(await b.ports.conversations.message(ada, 'm1'))
})

test('only one worker at a time does so', async (t) => {
  const b = await benchFor(t)
  await b.ports.conversations.append(ada, 'c1', message('m1', 1))
  const about = { retainMs: { conversations: day } }
  await b.ports.documents.lease('retention', 'another', 60_000)
  t.match(await retain(b.worker(about)), { conversations: 0 })
  t.ok(await b.ports.conversations.message(ada, 'm1'))
})

const broken: typeof lineExtractor = {
  // biome-ignore lint/correctness/useYield: it fails before there is anything
  async *extract() {
    const { KassError } = await import('../../shared/errors.ts')
    throw new KassError('damaged')
  },
  close: async () => {},
}

test('a document that could never be read is deleted when its time is over, and one that answers is not', async (t) => {
  const b = await benchFor(t)
  const failed = { tenant: 'default', path: 'failed.txt' }
  const answering = { tenant: 'default', path: 'answering.txt' }
  await b.upload('answering.txt', 'words')
  await reconcile(b.worker(), answering, live)
  for (const { path } of [failed, answering]) await b.upload(path, 'broken')
  for (const ref of [failed, answering]) await reconcile(b.worker({ extractor: broken }), ref, live)
  t.equal((await recordOf(b, failed)).status, 'failed')
  t.match(await recordOf(b, answering), { status: 'failed', active: Object })
  const worker = b.worker({ retainMs: { failed: 7 * day } })
  t.match(await compare(worker), { expired: 0, disagreements: 0 })
  b.clock.now += 8 * day
  t.match(await compare(b.worker()), { expired: 0 }, 'without the setting it stays')
  t.match(await compare(worker), { expired: 1 })
  await settleAll(b, failed, worker)
  t.equal((await recordOf(b, failed)).status, 'gone')
  t.strictSame(await b.ports.objects.revisions(failed), [])
  t.equal((await recordOf(b, answering)).status, 'failed')
  t.equal((await indexed(b)).length, 1, 'what answers goes on answering')
})

test('a document that got new bytes since is not deleted for the old ones', async (t) => {
  const b = await benchFor(t)
  const ref = { tenant: 'default', path: 'a.txt' }
  await b.upload('a.txt', 'broken')
  await reconcile(b.worker({ extractor: broken }), ref, live)
  b.clock.now += 8 * day
  const { Readable } = await import('node:stream')
  const staged = await b.ports.objects.stage(Readable.from(['good']), { maxBytes: 100 })
  await staged.commit(ref, { contentType: 'text/plain' })
  t.match(await compare(b.worker({ retainMs: { failed: 7 * day } })), { expired: 0 })
  t.equal((await recordOf(b, ref)).tombstone, undefined)
})
