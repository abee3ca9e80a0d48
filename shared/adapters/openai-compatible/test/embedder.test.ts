import { test } from 'tap'
import { embedderContract } from '../../../test/contracts/embedder.ts'
import { createHashingEmbedder } from '../../../test/hashing-embedder.ts'
import { createGate } from '../../gate.ts'
import { readEmbeddings } from '../embeddings.ts'
import { embedderFor } from './support.ts'

embedderContract('openai-compatible embedder', async (t) => (await embedderFor(t)).embedder)
embedderContract('hashing embedder', async () => createHashingEmbedder(256))

const never = () => new AbortController().signal
const texts = Array.from({ length: 95 }, (_, at) => `text ${at}`)

test('openai-compatible embedder: texts go in batches, and no more requests at once than allowed, over all calls', async (t) => {
  const { embedder, fake } = await embedderFor(t)
  fake.faults.always({ holdUntil: fake.until((seen) => seen.embeddings >= 2) })
  await Promise.all([embedder.embed(texts, 'document', never()), embedder.embed(texts, 'document', never())])
  t.equal(fake.counters.embeddings, 20)
  t.equal(fake.counters.texts, 190)
  t.equal(fake.counters.embeddingsAtOnce, 2)
})

test('openai-compatible embedder: dimensions are asked for, and are part of its id', async (t) => {
  const { embedder, fake } = await embedderFor(t, { dimensions: 64 })
  const [vector] = await embedder.embed(['hello'], 'query', never())
  t.equal(vector?.length, 64)
  t.match(fake.requests[0]?.body, { dimensions: 64, model: 'fake-embed' })
  t.equal(embedder.id, 'openai:fake-embed:64')
  t.equal((await embedderFor(t)).embedder.id, 'openai:fake-embed')
})

test('openai-compatible embedder: a server that refuses base64 is asked for numbers, with the same vectors', async (t) => {
  const { embedder, fake } = await embedderFor(t)
  const [binary] = await embedder.embed(['hello world'], 'query', never())
  fake.faults.always({ refuseField: 'encoding_format' })
  const [numbers] = await embedder.embed(['hello world'], 'query', never())
  t.same(numbers?.map(Math.fround), binary?.map(Math.fround))
})

test('openai-compatible embedder: a failed batch ends the others, and its error is the one that is seen', async (t) => {
  const { embedder, fake } = await embedderFor(t)
  fake.faults.next({ holdUntil: fake.until((seen) => seen.aborted === 1) })
  fake.faults.next({ status: 429, retryAfter: '3' })
  await t.rejects(embedder.embed(texts, 'document', never()), { code: 'model_throttled', retryAfterMs: 3000 })
  t.equal(fake.counters.embeddings, 2)
})

test('openai-compatible embedder: an abort ends the requests that are under way', async (t) => {
  const { embedder, fake } = await embedderFor(t)
  fake.faults.always({ holdUntil: fake.until((seen) => seen.aborted === 2) })
  const abort = new AbortController()
  const call = embedder.embed(texts, 'document', abort.signal)
  await fake.until((seen) => seen.embeddings === 2)
  abort.abort()
  await t.rejects(call, { name: 'AbortError' })
  await fake.until((seen) => seen.aborted === 2)
})

test('openai-compatible embedder: silence is model_timeout, a model that answers in other dimensions is refused', async (t) => {
  const slow = await embedderFor(t, { timeoutMs: 100 })
  slow.fake.faults.next({ holdUntil: slow.fake.until((seen) => seen.aborted === 1) })
  await t.rejects(slow.embedder.embed(['a'], 'query', never()), { code: 'model_timeout' })
  const other = await embedderFor(t, { dimensions: 64 })
  other.fake.faults.next({ dimensions: 63 })
  await t.rejects(other.embedder.embed(['a'], 'query', never()), { code: 'model_refused', message: /63 .* 64/ })
})

test('embeddings are put in the order of their index, normalised, and refused when they do not fit', async (t) => {
  const entry = (index: number, embedding: unknown) => ({ index, embedding })
  const read = (data: unknown[], count = data.length) => readEmbeddings({ data }, count)
  t.same(
    read([entry(1, [0, 2]), entry(0, [3, 4])]).map((vector) => [...vector].map((value) => Math.round(value * 10))),
    [
      [6, 8],
      [0, 10],
    ],
  )
  const failed = { code: 'model_failed' }
  t.throws(() => read([entry(0, [1])], 2), failed)
  t.throws(() => read([entry(0, [1]), entry(0, [1])]), failed)
  t.throws(() => read([entry(0, [1]), entry(5, [1])]), failed)
  t.throws(() => read([entry(0, [0, 0])]), failed)
  t.throws(() => read([entry(0, ['a'])]), failed)
  t.throws(() => read([entry(0, 'AAA=')]), failed)
  t.throws(() => readEmbeddings({}, 1), failed)
})

test('a question goes before documents that wait, and who gives up waiting leaves the queue', async (t) => {
  const gate = createGate(1)
  const order: string[] = []
  const leave = await gate.enter({ urgent: false, signal: never() })
  const giveUp = new AbortController()
  const waiting = [
    gate.enter({ urgent: false, signal: giveUp.signal }).catch(() => order.push('gave up')),
    ...(['document', 'question'] as const).map((name) =>
      gate.enter({ urgent: name === 'question', signal: never() }).then((next) => {
        order.push(name)
        next()
      }),
    ),
  ]
  giveUp.abort()
  leave()
  await Promise.all(waiting)
  t.same(order, ['gave up', 'question', 'document'])
})
