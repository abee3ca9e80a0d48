import { type Test, test } from 'tap'
import type { AccessStore, ApiKey } from '../../ports/access-store.ts'

const key: ApiKey = {
  id: 'k1',
  hash: 'a'.repeat(64),
  name: 'for the bot',
  tenant: 'acme',
  subject: 'bot',
  groups: ['staff'],
  scopes: ['chat', 'documents:read'],
  createdAt: 1_700_000_000_000,
}
const who = { tenant: 'acme', subject: 'bot', day: '2026-01-31' }

/** What every AccessStore promises. `open` gives two connections to one empty store. */
export function accessStoreContract(
  name: string,
  open: (t: Test) => Promise<{ access: AccessStore; other: AccessStore }>,
): void {
  test(`${name}: a key is read back as it was made`, async (t) => {
    const { access, other } = await open(t)
    await access.createKey(key)
    await access.createKey({ ...key, id: 'k2', groups: ['*'], scopes: ['admin'], createdAt: key.createdAt + 1 })
    t.same(await other.key('k1'), key)
    t.same(
      (await other.keys()).map(({ id }) => id),
      ['k1', 'k2'],
    )
    t.equal(await other.key('k3'), undefined)
  })

  test(`${name}: an id is given once; the key that has it stays as it is`, async (t) => {
    const { access } = await open(t)
    await access.createKey(key)
    await t.rejects(access.createKey({ ...key, hash: 'b'.repeat(64), scopes: ['admin'] }), { code: 'conflict' })
    t.same(await access.key('k1'), key)
  })

  test(`${name}: a revoked key stays revoked since the first time`, async (t) => {
    const { access, other } = await open(t)
    await access.createKey(key)
    t.equal(await access.revoke('k1', 5), true)
    t.equal(await other.revoke('k1', 9), true)
    t.same(await other.key('k1'), { ...key, revokedAt: 5 })
    t.equal(await access.revoke('none', 5), false)
  })

  const next: ApiKey = { ...key, id: 'k2', hash: 'b'.repeat(64), createdAt: key.createdAt + 10 }
  const rotation = { next, at: key.createdAt + 10, endsAt: key.createdAt + 20 }

  test(`${name}: a key may have an end`, async (t) => {
    const { access, other } = await open(t)
    const ending = { ...key, expiresAt: key.createdAt + 5 }
    await access.createKey(ending)
    t.same(await other.key('k1'), ending)
    t.same(await other.keys(), [ending])
  })

  test(`${name}: a rotated key ends, and another one is there`, async (t) => {
    const { access, other } = await open(t)
    await access.createKey(key)
    t.equal(await access.rotate('k1', rotation), true)
    t.same(await other.key('k1'), { ...key, expiresAt: rotation.endsAt, replacedBy: 'k2' })
    t.same(await other.key('k2'), next)
    t.equal((await other.keys()).length, 2)
  })

  test(`${name}: a rotation never prolongs a key`, async (t) => {
    const { access } = await open(t)
    await access.createKey({ ...key, expiresAt: rotation.endsAt - 1 })
    t.equal(await access.rotate('k1', rotation), true)
    t.equal((await access.key('k1'))?.expiresAt, rotation.endsAt - 1)
  })

  test(`${name}: what is unknown, revoked, expired or replaced is not rotated, and no key is made`, async (t) => {
    const { access } = await open(t)
    await access.createKey({ ...key, id: 'revoked', revokedAt: 5 })
    await access.createKey({ ...key, id: 'expired', expiresAt: rotation.at })
    await access.createKey({ ...key, id: 'replaced' })
    t.equal(await access.rotate('replaced', { ...rotation, next: { ...next, id: 'k3' } }), true)
    const before = await access.keys()
    for (const id of ['unknown', 'revoked', 'expired', 'replaced'])
      t.equal(await access.rotate(id, rotation), false, id)
    t.same(await access.keys(), before)
  })

  test(`${name}: a rotation to an id that is taken changes nothing`, async (t) => {
    const { access } = await open(t)
    await access.createKey(key)
    await access.createKey({ ...next, name: 'another' })
    await t.rejects(access.rotate('k1', rotation), { code: 'conflict' })
    t.same(await access.key('k1'), key)
    t.equal((await access.key('k2'))?.name, 'another')
  })

  test(`${name}: of many rotations of one key at once one takes place`, async (t) => {
    const { access, other } = await open(t)
    await access.createKey(key)
    const done = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? access : other).rotate('k1', { ...rotation, next: { ...next, id: `n${n}` } }),
      ),
    )
    t.equal(done.filter(Boolean).length, 1)
    const keys = await access.keys()
    t.same(keys.map(({ id }) => id).sort(), ['k1', (await access.key('k1'))?.replacedBy].sort())
  })

  test(`${name}: the last use of a key never goes back, whoever tells of it last`, async (t) => {
    const { access, other } = await open(t)
    await access.createKey(key)
    t.equal((await access.key('k1'))?.lastUsedAt, undefined)
    await access.used('k1', 20)
    await other.used('k1', 10)
    t.same(await access.key('k1'), { ...key, lastUsedAt: 20 })
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? access : other).used('k1', 21 + ((n * 7) % 20))))
    t.equal((await other.keys())[0]?.lastUsedAt, 40)
  })

  test(`${name}: the use of a key that is not there makes none`, async (t) => {
    const { access } = await open(t)
    await access.used('none', 20)
    t.same(await access.keys(), [])
  })

  test(`${name}: usage is counted for each subject and day`, async (t) => {
    const { access } = await open(t)
    t.same(await access.usage(who), { requests: 0, inputTokens: 0, outputTokens: 0 })
    await access.count(who, { requests: 1, inputTokens: 10, outputTokens: 2 })
    await access.count(who, { requests: 1, inputTokens: 5, outputTokens: 0 })
    t.same(await access.usage(who), { requests: 2, inputTokens: 15, outputTokens: 2 })
    for (const others of [{ subject: 'ada' }, { tenant: 'other' }, { day: '2026-02-01' }]) {
      t.match(await access.usage({ ...who, ...others }), { requests: 0 })
    }
  })

  test(`${name}: no increment is lost among many on two connections`, async (t) => {
    const { access, other } = await open(t)
    const one = { requests: 1, inputTokens: 2, outputTokens: 3 }
    await Promise.all(Array.from({ length: 200 }, (_, n) => (n % 2 ? access : other).count(who, one)))
    t.same(await access.usage(who), { requests: 200, inputTokens: 400, outputTokens: 600 })
  })
}
