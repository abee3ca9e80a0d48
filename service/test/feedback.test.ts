import { test } from 'tap'
import type { NewMessage } from '../../shared/ports/conversation-store.ts'
import { readable } from '../chat/memory.ts'
import { build, putReady } from './helper.ts'

const ada = { tenant: 'default', subject: 'ada' }
const answer = (id: string, about: Partial<NewMessage> = {}): NewMessage => ({
  id,
  role: 'assistant',
  content: 'Thirty days.',
  createdAt: 1_000,
  sources: [],
  citations: [],
  meta: { model: 'm', route: 'documents', question_id: `q-${id}` },
  ...about,
})
const rate = (id: string, payload: object, headers = {}) => ({
  method: 'POST' as const,
  url: `/messages/${id}/feedback`,
  payload,
  headers,
})

test('an answer is rated by its owner, again and again, and shows it', async (t) => {
  const { app, ports } = await build(t, { clock: () => 1_800_000_000_000 })
  const local = { tenant: 'default', subject: 'local' }
  await ports.conversations.append(local, 'c1', answer('m1'))
  t.match((await app.inject(rate('m1', { rating: 'down', comment: 'Wrong year.' }))).json(), {
    rating: 'down',
    comment: 'Wrong year.',
    given_at: '2027-01-15T08:00:00.000Z',
  })
  for (let times = 0; times < 2; times++) {
    const response = await app.inject(rate('m1', { rating: 'up' }))
    t.equal(response.statusCode, 200)
    t.strictSame(response.json(), { rating: 'up', given_at: '2027-01-15T08:00:00.000Z' })
  }
  const { items } = (await app.inject('/conversations/c1/messages')).json()
  t.strictSame(items[0].feedback, { rating: 'up', given_at: '2027-01-15T08:00:00.000Z' })
  t.strictSame((await app.inject('/feedback')).json(), {
    items: [
      {
        message_id: 'm1',
        question_id: 'q-m1',
        conversation_id: 'c1',
        model: 'm',
        route: 'documents',
        rating: 'up',
        given_at: '2027-01-15T08:00:00.000Z',
        redacted: false,
      },
    ],
  })
  await app.inject({ method: 'DELETE', url: '/conversations/c1' })
  t.strictSame((await app.inject('/feedback')).json().items, [], 'it goes with its conversation')
})

test('what others were told, and what is no answer, is not rated', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  await ports.conversations.append(ada, 'c1', answer('q1', { role: 'user' }))
  await ports.conversations.append(ada, 'c1', answer('m1'))
  const unknown = await app.inject(rate('none', { rating: 'up' }, { 'x-api-key': await key({ subject: 'bob' }) }))
  for (const other of [{ subject: 'bob' }, { subject: 'ada', tenant: 'other' }]) {
    const headers = { 'x-api-key': await key({ ...other, scopes: ['chat'] }) }
    const response = await app.inject(rate('m1', { rating: 'up' }, headers))
    t.equal(response.statusCode, 404)
    const { request_id: _, trace_id: __, ...problem } = response.json()
    t.match(unknown.json(), problem, 'like an answer that never was')
  }
  const headers = { 'x-api-key': await key({ subject: 'ada', scopes: ['chat'] }) }
  t.match((await app.inject(rate('q1', { rating: 'up' }, headers))).json(), { code: 'invalid_request' })
  for (const payload of [{}, { rating: 'maybe' }, { rating: 'up', comment: ' ' }, { rating: 'up', x: 1 }]) {
    t.equal((await app.inject(rate('m1', payload, headers))).statusCode, 400, JSON.stringify(payload))
  }
  t.equal((await ports.conversations.message(ada, 'm1'))?.feedback, undefined)
})

test('only an admin lists feedback, of the own tenant, in pages', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  for (const [at, id] of ['m1', 'm2', 'm3'].entries()) {
    await ports.conversations.append(ada, 'c1', answer(id))
    await ports.conversations.rate(ada, id, { rating: 'up', at: 1_000 + at })
  }
  const scopes = ['chat', 'search', 'documents:read', 'documents:write'] as const
  const user = { 'x-api-key': await key({ subject: 'ada', scopes: [...scopes] }) }
  t.equal((await app.inject({ url: '/feedback', headers: user })).statusCode, 403)
  const foreign = { 'x-api-key': await key({ tenant: 'other' }) }
  t.strictSame((await app.inject({ url: '/feedback', headers: foreign })).json().items, [])
  const headers = { 'x-api-key': await key() }
  const first = (await app.inject({ url: '/feedback?limit=2', headers })).json()
  const second = (await app.inject({ url: `/feedback?cursor=${encodeURIComponent(first.cursor)}`, headers })).json()
  t.strictSame(
    [...first.items, ...second.items].map(({ message_id }: { message_id: string }) => message_id),
    ['m1', 'm2', 'm3'],
  )
  t.equal(second.cursor, undefined)
  t.notMatch(JSON.stringify(first), 'ada', 'nothing of who gave it')
  t.match((await app.inject({ url: '/feedback?cursor=x', headers })).json(), { code: 'invalid_cursor' })
})

test('a comment on an answer whose source may not be seen any more is left out, for its owner and for admins', async (t) => {
  const { app, ports } = await build(t, {
    chat: { readable: (caller, messages) => readable(ports.documents, caller, messages) },
  })
  const { id: documentId } = await putReady(ports, { path: 'a.txt' }, 'words')
  const sources = [{ documentId, incarnation: 0 }]
  await ports.conversations.append({ tenant: 'default', subject: 'local' }, 'c1', answer('m1', { sources }))
  await app.inject(rate('m1', { rating: 'down', comment: 'The secret is out.' }))
  const read = async () => [
    (await app.inject('/feedback')).json().items[0],
    (await app.inject('/conversations/c1/messages')).json().items[0],
  ]
  t.match(await read(), [
    { comment: 'The secret is out.', redacted: false },
    { feedback: { comment: 'The secret is out.' }, redacted: false },
  ])
  await app.inject({ method: 'DELETE', url: `/documents/${documentId}` })
  const after = await read()
  t.match(after, [
    { rating: 'down', redacted: true, message_id: 'm1', model: 'm' },
    { feedback: { rating: 'down' }, redacted: true },
  ])
  t.notMatch(JSON.stringify(after), 'secret')
})
