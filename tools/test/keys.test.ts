import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createSqliteAccess } from '../../shared/adapters/sqlite/access.ts'
import { openStateDatabase } from '../../shared/adapters/sqlite/state.ts'
import { createApiKey } from '../../shared/ports/access-key.ts'
import { duration, timeToCome } from '../cli/when.ts'

const now = Date.UTC(2026, 0, 31)
const day = 86_400_000

/** The command line on a folder of its own. */
function folder(t: Test) {
  const data = t.testdir({})
  const env = { PATH: process.env.PATH, KASS_DATA: data }
  const run = async (...args: string[]) => {
    const command = [join(import.meta.dirname, '../kass.ts'), 'keys', ...args, '--json']
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code] = await once(child, 'close')
    return { code, out: out === '' ? undefined : JSON.parse(out), err: err === '' ? undefined : JSON.parse(err).error }
  }
  return Object.assign(run, { data })
}

const nearly = (at: string, wanted: number) => Math.abs(Date.parse(at) - wanted) < 60_000

test('a rotated key has a successor with the same rights, and both their ends are listed', async (t) => {
  const keys = folder(t)
  const about = ['--name', 'bot', '--tenant', 'acme', '--subject', 'ann', '--groups', 'hr', 'it', '--scopes', 'chat']
  const made = (await keys('create', ...about, '--expires', '90d')).out
  t.ok(nearly(made.expires_at, Date.now() + 90 * day))
  const { out: next } = await keys('rotate', made.id, '--overlap', '2h')
  const rights = { name: 'bot', tenant: 'acme', subject: 'ann', groups: ['hr', 'it'], scopes: ['chat'] }
  t.match(next, { ...rights, replaces: { id: made.id, replaced_by: next.id } })
  t.not(next.key, made.key)
  t.ok(nearly(next.expires_at, Date.now() + 90 * day), 'it lives as long as the old one was made for')
  const { items } = (await keys('list')).out
  t.match(items, [
    { id: made.id, replaced_by: next.id, ...rights },
    { id: next.id, ...rights },
  ])
  t.ok(nearly(items[0].expires_at, Date.now() + 2 * 3_600_000))
  t.notMatch(JSON.stringify(items), /hash|secret|kass_/)
})

test('the successor of a key that was made for some time is made for the same time', async (t) => {
  const [keys, now] = [folder(t), Date.now()]
  const about = { name: 'bot', tenant: 'acme', subject: 'ann', groups: [], scopes: [], expiresAt: now + 10 * day }
  const { key } = createApiKey(about, { now: now - 80 * day })
  const db = openStateDatabase(join(keys.data, 'kass.db'))
  await createSqliteAccess(db).createKey(key)
  db.close()
  const { out } = await keys('rotate', key.id, '--overlap', '30d')
  t.ok(nearly(out.expires_at, now + 90 * day))
  t.ok(nearly(out.replaces.expires_at, now + 10 * day), 'and the overlap does not prolong the old one')
  const { out: short } = await keys('rotate', out.id, '--expires', '1d')
  t.ok(nearly(short.expires_at, now + day))
})

test('a key is rotated once, and only while it is valid; no key is made otherwise', async (t) => {
  const keys = folder(t)
  const [one, revoked] = [(await keys('create', '--name', 'a')).out, (await keys('create', '--name', 'b')).out]
  await keys('revoke', revoked.id)
  t.equal((await keys('rotate', one.key, '--overlap', '0s')).code, 0, 'the key itself names it too')
  t.match(await keys('rotate', one.id), { code: 1, err: { code: 'conflict', message: /rotated already/ } })
  t.match(await keys('rotate', revoked.id), { code: 1, err: { code: 'conflict', message: /is revoked/ } })
  t.match(await keys('rotate', 'nobodys'), { code: 1, err: { code: 'not_found' } })
  t.equal((await keys('list')).out.items.length, 3)
})

test('what is no time to come is refused before a key is made', async (t) => {
  const keys = folder(t)
  for (const when of ['soon', '90', '2020-01-01']) {
    const { code, err } = await keys('create', '--name', 'a', '--expires', when)
    t.equal(code, 2, when)
    t.equal(err.code, 'usage')
  }
  t.equal((await keys('list')).err.code, 'no_data', 'not even a folder was made')
})

test('times are durations, dates in UTC, or times with their zone', async (t) => {
  for (const [text, at] of [
    ['30s', now + 30_000],
    ['5m', now + 300_000],
    ['2w', now + 14 * day],
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2026-03-01T12:00+01:00', Date.UTC(2026, 2, 1, 11)],
  ] as const) {
    t.equal(timeToCome(text, now), at, text)
  }
  for (const text of [
    '',
    '0d',
    '1y',
    '-1d',
    '1.5d',
    '2026-02-30',
    '2026-13-01',
    '2026-03-01T12:00',
    '99999999w',
    '1',
  ]) {
    t.throws(() => timeToCome(text, now), text)
  }
  t.equal(duration('0s'), 0)
  t.throws(() => duration('2026-03-01'))
})
