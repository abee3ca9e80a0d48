import { type Test, test } from 'tap'
import type { ConversationStore, Feedback, NewMessage, Owner } from '../../ports/conversation-store.ts'

const ada: Owner = { tenant: 'acme', subject: 'ada' }
const bob: Owner = { tenant: 'acme', subject: 'bob' }
const other: Owner = { tenant: 'other', subject: 'ada' }

const day = 86_400_000
const now = 1_800_000_000_000

const message = (id: string, createdAt = now): NewMessage => ({
  id,
  role: 'assistant',
  content: id,
  createdAt,
  sources: [{ documentId: 'doc_a', incarnation: 1 }],
  citations: [],
  meta: { model: 'm', route: 'documents', question_id: `q-${id}` },
})
const up = (at = now): Feedback => ({ rating: 'up', at })

interface Opened {
  store: ConversationStore
  other: ConversationStore
}

/** Feedback, and how things end, in every ConversationStore. `retainFeedbackMs`: as the store was told; `clock` moves. */
export function conversationKeepingContract(
  name: string,
  open: (t: Test, about: { clock: () => number; retainFeedbackMs: number }) => Promise<Opened>,
): void {
  const opened = (t: Test) => open(t, { clock: () => now, retainFeedbackMs: 0 })
  const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id)

  test(`${name}: feedback is kept with its message, and the last one counts`, async (t) => {
    const { store, other: second } = await opened(t)
    await store.append(ada, 'c1', message('m1'))
    t.equal((await store.message(ada, 'm1'))?.feedback, undefined)
    t.equal(await store.rate(ada, 'm1', { rating: 'down', comment: 'Wrong year. ü', at: now }), true)
    t.same((await second.message(ada, 'm1'))?.feedback, { rating: 'down', comment: 'Wrong year. ü', at: now })
    for (let times = 0; times < 2; times++) t.equal(await second.rate(ada, 'm1', up(now + 5)), true)
    const expected = { ...message('m1'), conversationId: 'c1', feedback: up(now + 5) }
    t.same(await store.message(ada, 'm1'), expected)
    t.same((await store.messages(ada, 'c1', { limit: 10 })).items, [expected])
    t.same(await store.recent(ada, 'c1', 10), [expected])
    t.same((await store.rated('acme', { limit: 10 })).items, [expected])
  })

  test(`${name}: messages are found as before when some of them have feedback`, async (t) => {
    const { store } = await opened(t)
    const all = Array.from({ length: 7 }, (_, n) => `m${n}`)
    for (const id of all) await store.append(ada, 'c1', message(id))
    for (const id of all) await store.rate(ada, id, up())
    t.same(ids(await store.recent(ada, 'c1', 3)), all.slice(4))
    const page = await store.messages(ada, 'c1', { limit: 4 })
    t.same(ids(page.items), all.slice(0, 4))
    t.ok(page.items.every(({ feedback }) => feedback?.rating === 'up'))
    t.same(ids((await store.messages(ada, 'c1', { limit: 4, cursor: page.cursor })).items), all.slice(4))
  })

  test(`${name}: nobody can rate what another owner was told, or what there is not`, async (t) => {
    const { store } = await opened(t)
    await store.append(ada, 'c1', message('m1'))
    for (const owner of [bob, other]) t.equal(await store.rate(owner, 'm1', up()), false)
    t.equal(await store.rate(ada, 'none', up()), false)
    t.equal((await store.message(ada, 'm1'))?.feedback, undefined)
    t.same((await store.rated('other', { limit: 10 })).items, [])
  })

  test(`${name}: the feedback of a tenant comes in the order in which it was given, page by page, each once`, async (t) => {
    const { store } = await opened(t)
    for (const [at, owner] of [ada, bob, ada, bob, ada].entries()) {
      await store.append(owner, `c${at % 2}`, message(`m${at}`))
      await store.rate(owner, `m${at}`, up(now + at))
    }
    await store.append(other, 'c1', message('foreign'))
    await store.rate(other, 'foreign', up())
    // What is rated again comes again, at its new place.
    await store.rate(ada, 'm0', up(now + 10))
    const found: string[][] = []
    let cursor: string | undefined
    do {
      const page = await store.rated('acme', { cursor, limit: 2 })
      found.push(ids(page.items))
      cursor = page.cursor
    } while (cursor !== undefined)
    t.same(found, [['m1', 'm2'], ['m3', 'm4'], ['m0']])
    for (const wrong of ['x', '###', 'IjEi']) {
      await t.rejects(store.rated('acme', { cursor: wrong, limit: 2 }), { code: 'invalid_cursor' })
    }
  })

  test(`${name}: two who rate at once leave one feedback, which is the one that is listed`, async (t) => {
    const { store, other: second } = await opened(t)
    await store.append(ada, 'c1', message('m1'))
    await Promise.all([1, 2, 3, 4].map((n) => (n % 2 ? store : second).rate(ada, 'm1', up(now + n))))
    const { items } = await store.rated('acme', { limit: 10 })
    t.same(ids(items), ['m1'])
    t.same(items[0]?.feedback, (await second.message(ada, 'm1'))?.feedback)
  })

  test(`${name}: feedback goes with its conversation, and does not come back under the same names`, async (t) => {
    const { store } = await opened(t)
    await store.append(ada, 'c1', message('m1'))
    await store.rate(ada, 'm1', up())
    await store.remove(ada, 'c1')
    t.same((await store.rated('acme', { limit: 10 })).items, [])
    await store.append(ada, 'c1', message('m1'))
    t.equal((await store.message(ada, 'm1'))?.feedback, undefined)
    t.same((await store.rated('acme', { limit: 10 })).items, [])
  })

  test(`${name}: conversations that nobody has used for too long go as a whole, some at a time`, async (t) => {
    const { store } = await opened(t)
    for (const n of [1, 2, 3]) await store.append(ada, `old${n}`, message(`a${n}`, now - 10 * day))
    await store.append(bob, 'used', message('b1', now - 10 * day))
    await store.append(bob, 'used', message('b2', now))
    await store.rate(ada, 'a1', up())
    const over = { conversations: now - 5 * day }
    const gone: string[] = []
    for (let more = true; more; ) {
      const done = await store.expire(over, 2)
      t.ok(done.messages.length <= 2)
      gone.push(...done.messages)
      more = done.more
    }
    t.same(gone.sort(), ['a1', 'a2', 'a3'])
    t.same((await store.list(ada, { limit: 10 })).items, [])
    t.equal(await store.message(ada, 'a1'), undefined)
    t.same((await store.rated('acme', { limit: 10 })).items, [])
    t.same(ids((await store.messages(bob, 'used', { limit: 10 })).items), ['b1', 'b2'], 'used again since')
    t.same((await store.expire(over, 2)).messages, [])
    t.same((await store.expire({}, 2)).messages, [], 'nothing is over when nothing is said')
    t.same(
      (await store.expire({ conversations: now + day }, 2)).messages.sort(),
      ['b1', 'b2'],
      'it can still end later',
    )
  })

  test(`${name}: feedback that is too old is over, and its message stays`, async (t) => {
    let at = now
    const { store } = await open(t, { clock: () => at, retainFeedbackMs: 5 * day })
    for (const id of ['m1', 'm2']) await store.append(ada, 'c1', message(id))
    await store.rate(ada, 'm1', up(at))
    at += 3 * day
    await store.rate(ada, 'm2', up(at))
    at += 3 * day
    await store.expire({ feedback: at - 5 * day }, 100)
    t.same(ids((await store.rated('acme', { limit: 10 })).items), ['m2'])
    t.equal((await store.message(ada, 'm1'))?.feedback, undefined)
    t.ok((await store.message(ada, 'm2'))?.feedback)
    t.equal(await store.rate(ada, 'm1', up(at)), true, 'it can be rated again')
    t.same(ids((await store.rated('acme', { limit: 10 })).items), ['m2', 'm1'])
  })
}
