import { test } from 'tap'
import { createApiKey, endOf, parseApiKey } from '../../shared/ports/access-key.ts'
import { build } from './helper.ts'

const env = { AUTH: 'keys' }
const start = Date.UTC(2026, 0, 31)
const about = { name: 'n', tenant: 'default', subject: 's', groups: ['*'], scopes: ['admin' as const] }

test('a key is refused from its end on, with a code of its own for whoever holds its secret', async (t) => {
  let now = start
  const { app, key } = await build(t, { env, clock: () => now })
  const text = await key({ expiresAt: start + 1000 })
  const call = (given: string) => app.inject({ url: '/documents', headers: { 'x-api-key': given } })
  now = start + 999
  t.equal((await call(text)).statusCode, 200)
  now = start + 1000
  const refused = await call(text)
  t.equal(refused.statusCode, 401)
  t.match(refused.json(), { code: 'key_expired' })
  const guessed = `kass_${parseApiKey(text)?.id}_${'A'.repeat(43)}`
  t.match((await call(guessed)).json(), { code: 'unauthorized' }, 'nobody else learns that there was one')
})

test('a key that is both revoked and expired is revoked', async (t) => {
  t.equal(endOf({ expiresAt: 5, revokedAt: 3 }, 9), 'revoked')
  t.equal(endOf({ expiresAt: 5 }, 5), 'expired')
  t.equal(endOf({ expiresAt: 5 }, 4), undefined)
  t.equal(endOf({}, Number.MAX_SAFE_INTEGER), undefined)
})

test('after a rotation both keys speak for the same caller until the overlap is over', async (t) => {
  let now = start
  const { app, key, ports } = await build(t, { env, clock: () => now })
  const old = await key({ subject: 'ann' })
  const { key: next, text } = createApiKey({ ...about, subject: 'ann' }, { now })
  await ports.access.rotate(parseApiKey(old)?.id ?? '', { next, at: now, endsAt: start + 60_000 })
  const ask = async (given: string, conversation_id: string) => {
    const payload = { message: 'x', conversation_id }
    return (await app.inject({ method: 'POST', url: '/chat', headers: { 'x-api-key': given }, payload })).statusCode
  }
  t.equal(await ask(old, 'c1'), 200)
  t.equal(await ask(text, 'c1'), 200)
  now = start + 60_000
  t.equal(await ask(old, 'c1'), 401)
  t.equal(await ask(text, 'c1'), 200)
})

test('the last use of a key is written off the path of requests, and only for a key that let one in', async (t) => {
  let now = start
  const { app, key, ports } = await build(t, { env, clock: () => now })
  const [used, unused, expired] = [await key(), await key(), await key({ expiresAt: start })]
  const id = (text: string) => parseApiKey(text)?.id ?? ''
  const written: unknown[] = []
  const { used: write } = ports.access
  let failures = 1
  ports.access.used = (...given) => {
    written.push(given)
    return failures-- > 0 ? Promise.reject(new Error('busy')) : write(...given)
  }
  const call = (given: string) => app.inject({ url: '/documents', headers: { 'x-api-key': given } })
  await call(used)
  now += 5000
  await call(used)
  now -= 3000
  await call(used)
  t.equal((await call(expired)).statusCode, 401)
  t.equal((await call(`kass_${id(unused)}_${'A'.repeat(43)}`)).statusCode, 401)
  t.same(written, [], 'no request waited for it')
  await app.close()
  const latest = [id(used), start + 5000]
  t.same(written, [latest, latest], 'one write for all requests, and again after a failure')
  t.equal((await ports.access.key(id(used)))?.lastUsedAt, start + 5000)
  t.equal((await ports.access.key(id(unused)))?.lastUsedAt, undefined)
})
