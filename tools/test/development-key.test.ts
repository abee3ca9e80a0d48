import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createSqliteAccess } from '../../shared/adapters/sqlite/access.ts'
import { openStateDatabase } from '../../shared/adapters/sqlite/state.ts'
import { isSecretOf, parseApiKey } from '../../shared/ports/access-key.ts'
import type { AccessStore } from '../../shared/ports/access-store.ts'
import { developmentKey } from '../provision/development-key.ts'

function openAccess(t: Test, name = 'kass.db'): AccessStore {
  const db = openStateDatabase(join(t.testdirName, name))
  t.teardown(() => db.close())
  return createSqliteAccess(db)
}

async function isGood(access: AccessStore, text: string): Promise<boolean> {
  const { id = '', secret = '' } = parseApiKey(text) ?? {}
  const key = await access.key(id)
  return isSecretOf(key, secret) && key?.revokedAt === undefined
}

test('the first time a key is made, stored and kept in a file of its owner', async (t) => {
  const file = join(t.testdir(), 'key')
  const access = openAccess(t)
  const { state, text } = await developmentKey(access, file, 1)
  t.equal(state, 'made')
  t.ok(await isGood(access, text))
  t.equal(readFileSync(file, 'utf8').trim(), text)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

test('the second time there is still only the first one', async (t) => {
  const file = join(t.testdir(), 'key')
  const access = openAccess(t)
  const first = await developmentKey(access, file, 1)
  t.same(await developmentKey(access, file, 2), { state: 'kept', text: first.text })
  t.equal((await access.keys()).length, 1)
})

test('a store that lost everything gets the same key again', async (t) => {
  const file = join(t.testdir(), 'key')
  const first = await developmentKey(openAccess(t), file, 1)
  const empty = openAccess(t, 'empty.db')
  t.same(await developmentKey(empty, file, 2), { state: 'restored', text: first.text })
  t.ok(await isGood(empty, first.text))
  t.equal((await empty.keys())[0]?.tenant, 'default')
})

test('a key that was revoked stays revoked until its file is removed', async (t) => {
  const file = join(t.testdir(), 'key')
  const access = openAccess(t)
  const { text } = await developmentKey(access, file, 1)
  await access.revoke(parseApiKey(text)?.id ?? '', 2)
  t.equal((await developmentKey(access, file, 3)).state, 'revoked')
  t.notOk(await isGood(access, text))
  rmSync(file)
  const second = await developmentKey(access, file, 4)
  t.equal(second.state, 'made')
  t.not(second.text, text)
})

test('a file that holds something else is not written over', async (t) => {
  const file = join(t.testdir(), 'key')
  writeFileSync(file, 'my notes')
  await t.rejects(developmentKey(openAccess(t), file, 1), /holds no key/)
  t.equal(readFileSync(file, 'utf8'), 'my notes')
})
