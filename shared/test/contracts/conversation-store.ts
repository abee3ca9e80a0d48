import { type Test, test } from 'tap'
import type { ConversationStore, NewMessage, Owner } from '../../ports/conversation-store.ts'

const ada: Owner = { tenant: 'acme', subject: 'ada' }
const others: Owner[] = [
  { tenant: 'acme', subject: 'bob' },
  { tenant: 'other', subject: 'ada' },
]

function message(id: string, content = id, about: Partial<NewMessage> = {}): NewMessage {
  return { id, role: 'user', content, createdAt: 1_700_000_000_000, sources: [], citations: [], ...about }
}

interface Opened {
  store: ConversationStore
  other: ConversationStore
}

async function pages<T>(read: (cursor?: string) => Promise<{ items: T[]; cursor?: string }>): Promise<T[][]> {
  const all: T[][] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return all
}

/** What every ConversationStore promises. `open` gives two connections to one empty store. */
export function conversationStoreContract(name: string, open: (t: Test) => Promise<Opened>): void {
  test(`${name}: a message is read back as it was written, by its owner's other connection too`, async (t) => {
    const { store, other } = await open(t)
    const written = message('m1', 'What?', {
      role: 'assistant',
      sources: [{ documentId: 'doc_a', incarnation: 2 }],
      citations: [
        { number: 1, document_id: 'doc_a', path: 'a.md', title: 'A', section: ['One'], locator: 'page 3', quote: 'ü' },
      ],
      meta: { route: 'documents', usage: { inputTokens: 3 } },
    })
    await store.append(ada, 'c1', written)
    const expected = { ...written, conversationId: 'c1' }
    t.same(await other.message(ada, 'm1'), expected)
    t.same((await other.messages(ada, 'c1', { limit: 10 })).items, [expected])
    t.same(await other.recent(ada, 'c1', 10), [expected])
  })

  test(`${name}: the first message makes the conversation and gives it its title`, async (t) => {
    const { store } = await open(t)
    await store.append(ada, 'c1', message('m1', '  How many\n days?  ', { createdAt: 5 }))
    await store.append(ada, 'c1', message('m2', 'Thirty.', { createdAt: 7 }))
    t.same(await store.get(ada, 'c1'), { id: 'c1', title: 'How many days?', createdAt: 5, updatedAt: 7, messages: 2 })
  })

  test(`${name}: a long first message gives a short title`, async (t) => {
    const { store } = await open(t)
    await store.append(ada, 'c1', message('m1', 'word '.repeat(1000)))
    await store.append(ada, 'c2', message('m2', '😀'.repeat(1000)))
    for (const id of ['c1', 'c2']) {
      const title = (await store.get(ada, id))?.title ?? ''
      t.ok(title.length > 10 && title.length <= 81 && title.isWellFormed())
    }
  })

  test(`${name}: messages come oldest first, page by page, each once`, async (t) => {
    const { store } = await open(t)
    const ids = Array.from({ length: 7 }, (_, n) => `m${n}`)
    for (const id of ids) await store.append(ada, 'c1', message(id))
    const found = await pages((cursor) => store.messages(ada, 'c1', { cursor, limit: 3 }))
    t.same(
      found.map((page) => page.map(({ id }) => id)),
      [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)],
    )
  })

  test(`${name}: the recent messages are the last so many, oldest first`, async (t) => {
    const { store } = await open(t)
    for (const id of ['m1', 'm2', 'm3']) await store.append(ada, 'c1', message(id))
    t.same(
      (await store.recent(ada, 'c1', 2)).map(({ id }) => id),
      ['m2', 'm3'],
    )
    t.same(await store.recent(ada, 'none', 2), [])
  })

  test(`${name}: concurrent appends on two connections all land, in one order for everybody`, async (t) => {
    const { store, other } = await open(t)
    const ids = Array.from({ length: 20 }, (_, n) => `m${n}`)
    await Promise.all(ids.map((id, n) => (n % 2 ? store : other).append(ada, 'c1', message(id))))
    const found = (await store.messages(ada, 'c1', { limit: 100 })).items.map(({ id }) => id)
    t.same([...found].sort(), [...ids].sort())
    t.same(
      (await other.messages(ada, 'c1', { limit: 100 })).items.map(({ id }) => id),
      found,
    )
    t.equal((await store.get(ada, 'c1'))?.messages, 20)
  })

  test(`${name}: appending the same message again changes nothing`, async (t) => {
    const { store } = await open(t)
    await store.append(ada, 'c1', message('m1', 'once'))
    await store.append(ada, 'c1', message('m1', 'once'))
    t.equal((await store.messages(ada, 'c1', { limit: 10 })).items.length, 1)
    t.equal((await store.get(ada, 'c1'))?.messages, 1)
  })

  test(`${name}: conversations come most recently used first, page by page`, async (t) => {
    const { store } = await open(t)
    for (const id of ['c1', 'c2', 'c3', 'c4']) await store.append(ada, id, message(`m-${id}`))
    await store.append(ada, 'c2', message('again'))
    const found = await pages((cursor) => store.list(ada, { cursor, limit: 3 }))
    t.same(
      found.map((page) => page.map(({ id }) => id)),
      [['c2', 'c4', 'c3'], ['c1']],
    )
  })

  test(`${name}: a cursor that no page gave is refused`, async (t) => {
    const { store } = await open(t)
    for (const cursor of ['x', '###', 'IjEi']) {
      await t.rejects(store.list(ada, { cursor, limit: 3 }), { code: 'invalid_cursor' })
      await t.rejects(store.messages(ada, 'c1', { cursor, limit: 3 }), { code: 'invalid_cursor' })
    }
  })

  test(`${name}: a new title stays`, async (t) => {
    const { store } = await open(t)
    await store.append(ada, 'c1', message('m1'))
    t.equal(await store.rename(ada, 'c1', 'Holidays'), true)
    await store.append(ada, 'c1', message('m2'))
    t.equal((await store.get(ada, 'c1'))?.title, 'Holidays')
    t.equal(await store.rename(ada, 'none', 'x'), false)
  })

  test(`${name}: a removed conversation is gone with all its messages, whose ids are given`, async (t) => {
    const { store, other } = await open(t)
    for (const id of ['m1', 'm2']) await store.append(ada, 'c1', message(id))
    await store.append(ada, 'c2', message('m3'))
    t.same((await store.remove(ada, 'c1'))?.sort(), ['m1', 'm2'])
    t.equal(await other.get(ada, 'c1'), undefined)
    t.equal(await other.message(ada, 'm1'), undefined)
    t.same((await other.messages(ada, 'c1', { limit: 10 })).items, [])
    t.equal(await store.remove(ada, 'c1'), undefined)
    t.ok(await store.message(ada, 'm3'), 'the other conversation stays')
  })

  test(`${name}: another owner's conversation cannot be seen or changed, and its id is free`, async (t) => {
    const { store } = await open(t)
    await store.append(ada, 'c1', message('m1', 'secret'))
    for (const owner of others) {
      t.equal(await store.get(owner, 'c1'), undefined)
      t.same((await store.messages(owner, 'c1', { limit: 10 })).items, [])
      t.same(await store.recent(owner, 'c1', 10), [])
      t.equal(await store.message(owner, 'm1'), undefined)
      t.same((await store.list(owner, { limit: 10 })).items, [])
      t.equal(await store.rename(owner, 'c1', 'x'), false)
      t.equal(await store.remove(owner, 'c1'), undefined)
      await store.append(owner, 'c1', message('m1', 'my own'))
      t.match(await store.get(owner, 'c1'), { title: 'my own', messages: 1 })
    }
    t.match(await store.get(ada, 'c1'), { title: 'secret', messages: 1 })
  })
}
