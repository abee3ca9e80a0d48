import { test } from 'tap'
import { uniqueName } from '../../../../test/stack/endpoints.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createDynamoAccess } from '../access.ts'
import { createDynamoCache } from '../cache.ts'
import { createTables } from '../provision.ts'
import { awsOptions, openTables, removeTables } from './open.ts'

test('a value that no item can hold is not kept, and what stood there before is forgotten', async (t) => {
  const { names, connect } = await openTables(t)
  const cache = createDynamoCache(connect(), { table: names.cache, clock: createTestClock(Date.now()) })
  await cache.put('k', 'old', 60_000)
  await cache.put('k', 'x'.repeat(500_000), 60_000)
  t.equal(await cache.get('k'), undefined)
  await cache.put('k', 'x'.repeat(390_000), 60_000)
  t.equal((await cache.get('k'))?.length, 390_000)
})

test('keys of any length and content are kept apart', async (t) => {
  const { names, connect } = await openTables(t)
  const cache = createDynamoCache(connect(), { table: names.cache, clock: createTestClock(Date.now()) })
  const keys = ['', 'ü', 'x'.repeat(10_000), `${'x'.repeat(10_000)}y`]
  for (const key of keys) await cache.put(key, `value of ${key}`, 60_000)
  for (const key of keys) t.equal(await cache.get(key), `value of ${key}`)
})

test('more keys than one batch reads are all listed, oldest first', async (t) => {
  const { names, connect } = await openTables(t)
  const access = createDynamoAccess(connect(), { table: names.access })
  const about = { hash: 'a', name: 'n', tenant: 'acme', subject: 's', groups: [], scopes: [] }
  const ids = Array.from({ length: 120 }, (_, n) => `k${n}`)
  await Promise.all(ids.map((id, n) => access.createKey({ ...about, id, createdAt: n })))
  await access.count(
    { tenant: 'acme', subject: 's', day: '2026-01-31' },
    { requests: 1, inputTokens: 0, outputTokens: 0 },
  )
  t.same(
    (await access.keys()).map(({ id }) => id),
    ids,
  )
})

test('tables can be made again, by several at once, and nothing changes', async (t) => {
  const name = uniqueName('t')
  const names = { documents: `${name}-1`, conversations: `${name}-2`, cache: `${name}-3`, access: `${name}-4` }
  t.teardown(() => removeTables(names))
  await Promise.all([createTables(awsOptions(), names), createTables(awsOptions(), names)])
  await createTables(awsOptions(), names)
  t.pass('they are there')
})

test('a table of that name with other keys is refused, by its name', async (t) => {
  const { names } = await openTables(t)
  const wrong = { ...names, cache: names.access }
  await t.rejects(createTables(awsOptions(), wrong), {
    message: new RegExp(`${names.access} exists, but not with keys`),
  })
  const unindexed = { ...names, documents: names.conversations }
  await t.rejects(createTables(awsOptions(), unindexed), { message: /not with the index "due"/ })
})
