import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { KassError } from '../../shared/errors.ts'
import { ledChat } from './fake-chat.ts'
import { build, file, form, putReady } from './helper.ts'

/** What SQLite throws when it may not grow. */
function full(): Error {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE x (y); PRAGMA max_page_count = 2')
  try {
    db.prepare('INSERT INTO x VALUES (?)').run('y'.repeat(100_000))
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('the database took what it has no room for')
}

test('on a full disk uploads, deletions and chat are refused with a code of their own, and work again after it', async (t) => {
  const chat = ledChat()
  const { app, ports } = await build(t, { chat: { turn: chat.turn } })
  const { id } = await putReady(ports, { path: 'a.txt' }, 'All about leave.')
  const { stage } = ports.objects
  const { markDeleted } = ports.documents
  ports.objects.stage = async (body) => {
    body.destroy()
    throw full()
  }
  ports.documents.markDeleted = () => Promise.reject(full())
  chat.push(full())
  const upload = () => app.inject({ method: 'POST', url: '/documents', ...form([file('x y z')]) })
  const remove = () => app.inject({ method: 'DELETE', url: `/documents/${id}` })
  const asked = await app.inject({ method: 'POST', url: '/chat', payload: { message: 'x' } })
  for (const response of [await upload(), await remove(), asked]) {
    t.equal(response.statusCode, 507)
    t.match(response.headers['content-type'], /^application\/problem\+json/)
    t.match(response.json(), { code: 'storage_full', detail: /disk of the server is full/ })
    t.notMatch(response.body, /database/)
  }
  ports.objects.stage = stage
  ports.documents.markDeleted = markDeleted
  t.equal((await upload()).statusCode, 202)
  t.equal((await remove()).statusCode, 202)
})

test('a server without room is not ready, and is again as soon as there is some', async (t) => {
  let now = 1_000_000
  let room = false
  const check = async () => {
    if (!room) throw new KassError('storage_full')
  }
  const { app } = await build(t, { clock: () => now, ports: { room: { check } } })
  const refused = await app.inject('/ready')
  t.equal(refused.statusCode, 503)
  t.match(refused.json().checks.at(-1), { name: 'room', ok: false, error: /disk of the server is full/ })
  room = true
  now += 2_000
  t.equal((await app.inject('/ready')).statusCode, 200)
})
