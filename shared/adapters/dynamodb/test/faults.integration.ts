import { type Test, test } from 'tap'
import type { DocumentRecord } from '../../../documents/document.ts'
import { documentId } from '../../../documents/identity.ts'
import { claimed, head, makeReady } from '../../../test/contracts/document-store/support.ts'
import { createTestClock, present } from '../../../test/contracts/support.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createDocumentStore } from '../../record-store.ts'
import { createDynamoRecords } from '../records.ts'
import { type Call, conflicting, intercept, type Reply, refusal } from './interceptor.ts'
import { openTables } from './open.ts'

/** A store behind a proxy, and one beside it. */
async function open(t: Test, answer: (call: Call) => Promise<Reply | 'lost'>, about: Partial<AwsOptions> = {}) {
  const clock = createTestClock()
  const { names, connect } = await openTables(t)
  const endpoint = await intercept(t, answer)
  const records = (options: Partial<AwsOptions>) => createDynamoRecords(connect(options), { table: names.documents })
  const behind = records({ endpoint, ...about })
  return {
    clock,
    behind,
    store: createDocumentStore(behind, { clock }),
    plain: createDocumentStore(records({}), { clock }),
  }
}

test('keys that the service leaves for later are asked for again, until all have come', async (t) => {
  let calls = 0
  const { store, plain } = await open(t, async ({ action, body, pass }) => {
    if (action !== 'BatchGetItem') return pass()
    calls++
    const [[table, { Keys: keys }] = ['', { Keys: [] }]] = Object.entries<{ Keys: unknown[] }>(
      Object(body.RequestItems),
    )
    const request = (some: unknown[]) => ({ [table]: { Keys: some, ConsistentRead: true } })
    const reply = await pass({ RequestItems: request(keys.slice(0, 7)) })
    return { ...reply, body: { ...Object(reply.body), UnprocessedKeys: keys.length > 7 ? request(keys.slice(7)) : {} } }
  })
  const paths = Array.from({ length: 30 }, (_, n) => `${n}.md`)
  for (const path of paths) await plain.observe(head(1, { path }))
  const ids = paths.map((path) => documentId({ tenant: 'acme', path }))
  t.same([...(await store.active('acme', ids)).keys()].sort(), ids.toSorted())
  t.equal(calls, 5)
})

test('keys that are left for later again and again end in a coded error', async (t) => {
  const { store } = await open(t, async ({ body }) => ({
    status: 200,
    body: { Responses: {}, UnprocessedKeys: body.RequestItems },
  }))
  await t.rejects(store.active('acme', [documentId(head(1))]), { code: 'storage_throttled', retryable: true })
})

test('many writers on one tenant lose nothing where transactions that meet are refused', async (t) => {
  const service = conflicting()
  const { store, plain } = await open(t, service.answer)
  const writers = Array.from({ length: 16 }, (_, n) => n)
  const rounds = 6
  await Promise.all(
    writers.map(async (writer) => {
      for (let round = 0; round < rounds; round++) {
        await makeReady(store, `a-${writer}-${round}`, head(1, { path: `${writer}-${round}.md` }))
      }
    }),
  )
  const total = writers.length * rounds
  t.ok(service.conflicts() > 0 && service.most() > 1, 'writers did meet, and did work side by side')
  t.equal(await plain.epoch('acme'), total, 'the epoch has risen once for each activation')
  t.same(await plain.counts('acme'), { ready: total })
  t.equal((await plain.list('acme', { status: 'ready', limit: 1000 })).items.length, total)
})

test('writers that meet on one document all land', async (t) => {
  const service = conflicting()
  const { store, plain } = await open(t, service.answer)
  await store.observe(head(1))
  await Promise.all(Array.from({ length: 16 }, (_, n) => store.patch(head(1), { tags: [String(n)] })))
  t.ok(service.conflicts() > 0, 'they did meet')
  t.equal((await plain.get(head(1)))?.rev, 17)
  t.equal(await plain.epoch('acme'), 16)
})

test('an item that others never let go of ends in a coded error', async (t) => {
  const { store } = await open(t, async ({ action, pass }) => {
    if (action !== 'TransactWriteItems') return pass()
    return refusal('TransactionCanceledException', { CancellationReasons: [{ Code: 'TransactionConflict' }] })
  })
  await t.rejects(store.observe(head(1)), { code: 'storage_throttled', retryable: true })
})

test('a write whose answer is lost on the way has happened once, and its writer knows it', async (t) => {
  let lost = 0
  let lose: string | undefined
  const { store, plain } = await open(t, async ({ action, pass }) => {
    const reply = await pass()
    if (action !== lose) return reply
    lose = undefined
    lost++
    return 'lost'
  })
  lose = 'TransactWriteItems'
  t.equal((await store.observe(head(1))).rev, 1)
  lose = 'PutItem'
  const claim = await claimed(store)
  lose = 'TransactWriteItems'
  await store.begin(claim, { attempt: 'a1', fingerprint: 'f1' })
  lose = 'PutItem'
  await store.extend(claim, 1000)
  t.equal(lost, 4)
  const record = present(await plain.get(head(1)))
  t.match(record, { rev: 4, current: { attempt: 'a1' } })
  t.same(record.retired, [], 'the attempt was not begun twice')
  t.same(await plain.counts('acme'), { processing: 1 })
})

test('a throttled table is a coded error that can be tried again', async (t) => {
  let calls = 0
  const answer = async () => {
    calls++
    return refusal('ProvisionedThroughputExceededException')
  }
  const { store, behind } = await open(t, answer, { maxAttempts: 2 })
  await t.rejects(store.get(head(1)), { code: 'storage_throttled', retryable: true })
  t.equal(calls, 2, 'the SDK has tried as often as it may')
  await t.rejects(behind.epoch('acme'), { code: 'storage_throttled' })
  await t.rejects(store.observe(head(1)), { code: 'storage_throttled' })
})

test('an index that lags shows nothing as due that is not, and in the order that holds', async (t) => {
  let seen: Reply | undefined
  const stale: Reply[] = []
  const { store, plain, clock } = await open(t, async ({ action, body, pass }) => {
    if (action !== 'Query' || body.IndexName === undefined) return pass()
    if (stale.length > 0) return present(stale.shift())
    seen = await pass()
    return seen
  })
  const due: DocumentRecord[] = []
  for (const path of ['a.md', 'b.md', 'c.md']) due.push(await plain.observe(head(1, { path })))
  clock.advance(1_000_000)
  t.equal((await store.due(10)).length, 3)
  // What the index said then, all of it in the first shard's answer.
  const items = due.map(({ id, tenant, dueAt }) => ({
    pk: { S: `doc#${tenant}#${id}` },
    sk: { S: 'record' },
    dueAt: { N: String(dueAt) },
  }))
  await plain.postpone(present(due[0]), clock() + 1000)
  await plain.postpone(present(due[1]), clock() - 5)
  stale.push(...Array.from({ length: 8 }, (_, n) => ({ status: 200, body: { Items: n === 0 ? items : [], Count: 0 } })))
  t.same(
    (await store.due(10)).map(({ path }) => path),
    ['c.md', 'b.md'],
  )
})
