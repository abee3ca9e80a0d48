import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { createDocumentStore } from '../../record-store.ts'
import { createSqliteAccess } from '../access.ts'
import { createSqliteConversations } from '../conversations.ts'
import { NewerSchema, openDatabase } from '../database.ts'
import { migrations } from '../migrations.ts'
import { createSqliteRecords } from '../records.ts'
import { openStateDatabase } from '../state.ts'
import { finished, startChild } from './children.ts'

const versionOf = (raw: DatabaseSync) => raw.prepare('PRAGMA user_version').get()?.user_version

/** The schema of a database as SQLite itself tells it. */
function schemaOf(raw: DatabaseSync): unknown[] {
  return raw.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()
}

const versions = [1, 2, 3, 4]

/** A database as a release with that schema left it. */
function writeOld(file: string, version: number): void {
  const old = new DatabaseSync(file)
  old.exec(readFileSync(join(import.meta.dirname, `fixtures/version-${version}.sql`), 'utf8'))
  old.close()
}

for (const version of versions) {
  test(`a database that version ${version} wrote is read after the upgrade`, async (t) => {
    const file = join(t.testdir({}), 'kass.db')
    writeOld(file, version)
    const db = openStateDatabase(file)
    t.teardown(() => db.close())
    t.equal(versionOf(db.raw), migrations.length)
    const store = createDocumentStore(createSqliteRecords(db), { clock: Date.now })
    const record = await store.get({ tenant: 'acme', path: 'handbook.md' })
    t.match(record, { status: 'ready', title: 'Handbook', active: { attempt: 'a1' }, rev: 6 })
    t.equal((await store.active('acme', [record?.id ?? ''])).get(record?.id ?? '')?.attempt, 'a1')
    t.match(await createSqliteAccess(db).key('k1'), { name: 'for the bot', scopes: ['chat'] })
    t.match(await store.patch({ tenant: 'acme', path: 'handbook.md' }, { title: 'New' }), { title: 'New', rev: 7 })
  })

  test(`a database upgraded from version ${version} has the very schema of a new one`, async (t) => {
    const folder = t.testdir({})
    writeOld(join(folder, 'old.db'), version)
    const [upgraded, fresh] = [openStateDatabase(join(folder, 'old.db')), openStateDatabase(join(folder, 'new.db'))]
    t.same(schemaOf(upgraded.raw), schemaOf(fresh.raw))
    upgraded.close()
    fresh.close()
  })
}

test('what version 4 kept of a conversation can be rated after the upgrade, and ends with its age', async (t) => {
  const file = join(t.testdir({}), 'kass.db')
  writeOld(file, 4)
  const db = openStateDatabase(file)
  t.teardown(() => db.close())
  const store = createSqliteConversations(db)
  const ada = { tenant: 'acme', subject: 'ada' }
  t.equal(await store.rate(ada, 'm2', { rating: 'up', at: 5 }), true)
  t.match(await store.message(ada, 'm2'), { content: 'Thirty.', feedback: { rating: 'up', at: 5 } })
  t.same((await store.expire({ conversations: 1_700_000_000_002 }, 10)).messages.sort(), ['m1', 'm2'])
})

test('many processes may make and upgrade one database at once', async (t) => {
  const file = join(t.testdir({}), 'kass.db')
  await Promise.all(Array.from({ length: 6 }, () => finished(startChild(t, 'open', file))))
  const db = openStateDatabase(file)
  t.teardown(() => db.close())
  const usage = await createSqliteAccess(db).usage({ tenant: 'acme', subject: 'opened', day: '2026-01-31' })
  t.equal(usage.requests, 6)
})

test('each step is taken once, in its order', async (t) => {
  const file = join(t.testdir({}), 'some.db')
  const steps = ['CREATE TABLE a (n)', 'INSERT INTO a VALUES (1)', 'INSERT INTO a VALUES (2)']
  for (const known of [1, 2, 3, 3]) openDatabase(file, { migrations: steps.slice(0, known) }).close()
  const db = openDatabase(file, { migrations: steps })
  t.teardown(() => db.close())
  t.same(
    db
      .sql('SELECT n FROM a')
      .all()
      .map((row) => row.n),
    [1, 2],
  )
})

test('an upgrade that fails changes nothing', async (t) => {
  const file = join(t.testdir({}), 'some.db')
  const first = 'CREATE TABLE a (n)'
  openDatabase(file, { migrations: [first] }).close()
  t.throws(() => openDatabase(file, { migrations: [first, 'INSERT INTO a VALUES (1)', 'nonsense'] }))
  const db = openDatabase(file, { migrations: [first] })
  t.teardown(() => db.close())
  t.same(db.sql('SELECT n FROM a').all(), [])
  t.equal(versionOf(db.raw), 1)
})

test('a database of a newer release is refused, and left as it is', async (t) => {
  const file = join(t.testdir({}), 'kass.db')
  openStateDatabase(file).close()
  const raw = new DatabaseSync(file)
  raw.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  t.throws(() => openStateDatabase(file), NewerSchema)
  t.equal(versionOf(raw), migrations.length + 1)
  raw.close()
})
