import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { type Test, test } from 'tap'
import type { NewMessage, Owner } from '../../../ports/conversation-store.ts'
import { createDynamoConversations } from '../conversations.ts'
import { type Call, conflicting, intercept, type Reply } from './interceptor.ts'
import { openTables } from './open.ts'

const ada: Owner = { tenant: 'acme', subject: 'ada' }

function message(id: string, content = id): NewMessage {
  return { id, role: 'user', content, createdAt: 1_700_000_000_000, sources: [], citations: [] }
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `m${n}`)

/** A store behind a proxy (when there is an answer to give), and one beside it. */
async function open(t: Test, answer: (call: Call) => Promise<Reply | 'lost'> = ({ pass }) => pass()) {
  const { names, connect } = await openTables(t)
  const endpoint = await intercept(t, answer)
  const table = names.conversations
  const beside = connect()
  return {
    store: createDynamoConversations(connect({ endpoint, maxAttempts: 2 }), { table }),
    plain: createDynamoConversations(beside, { table }),
    left: () => everything(beside, table),
  }
}

/** The keys of all that is stored. */
async function everything(client: DynamoDBDocumentClient, table: string): Promise<string[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }))
  return Items.map((item) => `${item.pk} ${item.sk}`)
}

test('pages are full though their messages are more than the service reads at once', async (t) => {
  const { store } = await open(t)
  const ids = numbered(12)
  for (const id of ids) await store.append(ada, 'c1', message(id, id.padEnd(200_000, '.')))
  const page = await store.messages(ada, 'c1', { limit: 10 })
  t.same(
    page.items.map(({ id }) => id),
    ids.slice(0, 10),
  )
  const rest = await store.messages(ada, 'c1', { limit: 10, cursor: page.cursor })
  t.same([rest.items.map(({ id }) => id), rest.cursor], [ids.slice(10), undefined])
  t.same(
    (await store.recent(ada, 'c1', 11)).map(({ id }) => id),
    ids.slice(1),
  )
})

test('a message that no item can hold is refused with a code, and nothing of it stays', async (t) => {
  const { store, left } = await open(t)
  await t.rejects(store.append(ada, 'c1', message('m1', 'x'.repeat(500_000))), { code: 'payload_too_large' })
  t.same(await left(), [])
})

test('a long conversation is removed to the last item, and its ids are given', async (t) => {
  const { store, left } = await open(t)
  const ids = numbered(130)
  for (const id of ids) await store.append(ada, 'c1', message(id))
  t.same((await store.remove(ada, 'c1'))?.sort(), ids.toSorted())
  t.same(await left(), [])
})

test('a removal that stops in the middle has hidden everything, and the next one ends it', async (t) => {
  let batches = 0
  const { store, plain, left } = await open(t, async ({ action, pass }) =>
    action === 'BatchWriteItem' && ++batches > 3 ? { status: 500, body: {} } : pass(),
  )
  const ids = numbered(60)
  for (const id of ids) await plain.append(ada, 'c1', message(id))
  await t.rejects(store.remove(ada, 'c1'), { code: 'storage_unavailable' })
  t.ok((await left()).length > 60, 'much is left')
  t.equal(await plain.get(ada, 'c1'), undefined)
  t.same((await plain.list(ada, { limit: 5 })).items, [])
  t.same((await plain.messages(ada, 'c1', { limit: 5 })).items, [])
  t.same(await plain.recent(ada, 'c1', 5), [])
  t.equal(await plain.rename(ada, 'c1', 'x'), false)
  for (const id of ids) t.equal(await plain.message(ada, id), undefined)
  t.same((await plain.remove(ada, 'c1'))?.sort(), ids.toSorted())
  t.same(await left(), [])
})

test('who goes on with a conversation whose removal stopped begins a new one, with nothing of the old', async (t) => {
  const { store, plain, left } = await open(t, async ({ action, pass }) =>
    action === 'BatchWriteItem' ? { status: 500, body: {} } : pass(),
  )
  for (const id of numbered(3)) await plain.append(ada, 'c1', message(id, 'secret'))
  await t.rejects(store.remove(ada, 'c1'), { code: 'storage_unavailable' })
  await plain.append(ada, 'c1', message('new'))
  t.match(await plain.get(ada, 'c1'), { title: 'new', messages: 1 })
  t.same(
    (await plain.recent(ada, 'c1', 9)).map(({ id }) => id),
    ['new'],
  )
  t.equal((await left()).length, 5, 'the message, its place, the conversation and its two entries')
})

test('many who write into one conversation all land where transactions that meet are refused', async (t) => {
  const service = conflicting()
  const { store, plain } = await open(t, service.answer)
  const ids = numbered(16)
  await Promise.all(ids.map((id) => store.append(ada, 'c1', message(id))))
  t.ok(service.conflicts() > 0, 'they did meet')
  const found = (await plain.messages(ada, 'c1', { limit: 100 })).items.map(({ id }) => id)
  t.same(found.toSorted(), ids.toSorted())
  t.equal((await plain.list(ada, { limit: 100 })).items.length, 1, 'it is listed once')
})

test('an append whose answer is lost on the way has happened once', async (t) => {
  let lost = 0
  const { store, plain } = await open(t, async ({ action, pass }) => {
    const reply = await pass()
    return action === 'TransactWriteItems' && lost++ === 0 ? 'lost' : reply
  })
  await store.append(ada, 'c1', message('m1'))
  t.equal(lost, 2)
  t.equal((await plain.get(ada, 'c1'))?.messages, 1)
})

test('names that would run together in a key stay apart', async (t) => {
  const { store } = await open(t)
  await store.append({ tenant: 'a', subject: 'b#c' }, 'd', message('m1'))
  t.equal(await store.get({ tenant: 'a', subject: 'b' }, 'c#d'), undefined)
  t.equal(await store.get({ tenant: 'a#b', subject: 'c' }, 'd'), undefined)
  const long = 'x'.repeat(5000)
  await store.append({ tenant: 'a', subject: long }, long, message(long))
  t.match(await store.message({ tenant: 'a', subject: long }, long), { conversationId: long })
  t.equal(await store.message({ tenant: 'a', subject: long }, `${long}y`), undefined)
})

test("a cursor is of use in its own owner's own list only", async (t) => {
  const { store } = await open(t)
  for (const id of ['c1', 'c2']) for (const n of [1, 2]) await store.append(ada, id, message(`${id}-${n}`))
  const { cursor: list } = await store.list(ada, { limit: 1 })
  const { cursor: messages } = await store.messages(ada, 'c1', { limit: 1 })
  const refused = { code: 'invalid_cursor' }
  await t.rejects(store.list({ ...ada, subject: 'bob' }, { cursor: list, limit: 1 }), refused)
  await t.rejects(store.list(ada, { cursor: messages, limit: 1 }), refused)
  await t.rejects(store.messages(ada, 'c2', { cursor: messages, limit: 1 }), refused)
  await t.rejects(store.messages(ada, 'c1', { cursor: list, limit: 1 }), refused)
})
