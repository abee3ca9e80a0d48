import { test } from 'tap'
import type { NewMessage } from '../../shared/ports/conversation-store.ts'
import { build } from './helper.ts'

const message = (id: string, role: NewMessage['role'], content: string, createdAt: number): NewMessage => ({
  id,
  role,
  content,
  createdAt,
  sources: [],
  citations: [],
})

test('conversations are listed, read, renamed and deleted by their owner', async (t) => {
  const forgotten: string[] = []
  const { app, ports } = await build(t, { chat: { forget: async (ids) => void forgotten.push(...ids) } })
  const owner = { tenant: 'default', subject: 'local' }
  await ports.conversations.append(owner, 'c1', message('m1', 'user', 'How many days?', 1_000))
  await ports.conversations.append(owner, 'c1', message('m2', 'assistant', 'Twenty-five.', 2_000))
  await ports.conversations.append(owner, 'c2', message('m3', 'user', 'Hello', 3_000))
  t.strictSame(
    (await app.inject('/conversations')).json().items.map(({ id }: { id: string }) => id),
    ['c2', 'c1'],
  )
  const page = (await app.inject('/conversations?limit=1')).json()
  t.equal((await app.inject(`/conversations?cursor=${encodeURIComponent(page.cursor)}`)).json().items[0].id, 'c1')
  t.match((await app.inject('/conversations/c1')).json(), { id: 'c1', messages: 2, created_at: /^1970-/ })
  t.match((await app.inject('/conversations/c1/messages')).json().items, [
    { id: 'm1', role: 'user', content: 'How many days?', redacted: false, citations: [] },
    { id: 'm2', role: 'assistant', content: 'Twenty-five.', redacted: false },
  ])
  const renamed = await app.inject({ method: 'PATCH', url: '/conversations/c1', payload: { title: ' Leave ' } })
  t.match(renamed.json(), { id: 'c1', title: 'Leave' })
  const deleted = await app.inject({ method: 'DELETE', url: '/conversations/c1' })
  t.equal(deleted.statusCode, 204)
  t.equal(deleted.body, '')
  t.strictSame(forgotten.sort(), ['m1', 'm2'])
  t.equal((await app.inject('/conversations/c1')).statusCode, 404)
})

test('the conversation of another subject, or of the same name in another tenant, answers 404', async (t) => {
  const { app, ports, key } = await build(t, { env: { AUTH: 'keys' } })
  await ports.conversations.append({ tenant: 'default', subject: 'ada' }, 'c1', message('m1', 'user', 'secret', 1))
  for (const other of [{ subject: 'bob' }, { subject: 'ada', tenant: 'other' }]) {
    const headers = { 'x-api-key': await key({ ...other, scopes: ['chat'] }) }
    for (const [method, url, payload] of [
      ['GET', '/conversations/c1', undefined],
      ['GET', '/conversations/c1/messages', undefined],
      ['PATCH', '/conversations/c1', { title: 'x' }],
      ['DELETE', '/conversations/c1', undefined],
    ] as const) {
      t.equal((await app.inject({ method, url, payload, headers })).statusCode, 404, `${method} ${url}`)
    }
    t.strictSame((await app.inject({ url: '/conversations', headers })).json().items, [])
  }
  const another = { 'x-api-key': await key({ subject: 'ada', scopes: ['chat'] }) }
  t.equal((await app.inject({ url: '/conversations/c1', headers: another })).statusCode, 200, 'a new key of the owner')
})

test('what the chat redacts is redacted on reading', async (t) => {
  const { app, ports } = await build(t, {
    chat: {
      readable: async (_caller, messages) => messages.map((one) => ({ ...one, content: '[redacted]', redacted: true })),
    },
  })
  await ports.conversations.append({ tenant: 'default', subject: 'local' }, 'c1', message('m1', 'user', 'secret', 1))
  const response = await app.inject('/conversations/c1/messages')
  t.match(response.json().items, [{ content: '[redacted]', redacted: true }])
  t.notMatch(response.body, 'secret')
})
