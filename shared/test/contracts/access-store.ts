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
