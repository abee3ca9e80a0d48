import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { attempt, chunk, keys, put, query } from '../../../test/contracts/search-index/corpus.ts'
import { NewerSchema } from '../../sqlite/database.ts'
import { createMemoryIndex } from '../index.ts'
import { migrations } from '../schema.ts'
import { indexFile, openIndex } from './open.ts'

const tables = ['attempts', 'chunks', 'terms', 'vectors', 'removals'] as const

function rowsOf(file: string, table: (typeof tables)[number]): number {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n)
  } finally {
    db.close()
  }
}

test('a file that version 1 wrote is read, searched, added to and removed from', async (t) => {
  const file = indexFile(t)
  const old = new DatabaseSync(file)
  old.exec(readFileSync(join(import.meta.dirname, 'fixtures/version-1.sql'), 'utf8'))
  t.equal(old.prepare('PRAGMA user_version').get()?.user_version, 1)
  old.close()
  const index = openIndex(t, file)
  t.same(await keys(index, query('apple')), { text: ['a:0'], vector: ['a:0', 'a:1'] })
  t.match((await index.passages(['a:1'])).get('a:1'), { text: 'pear tart', section: ['Fruit'], rowNumbers: [3] })
  t.equal((await index.vectors('a', 'hashing/384')).size, 2)
  await put(index, attempt('b'), 'apple crumble')
  t.same((await keys(index, query('apple'))).text.toSorted(), ['a:0', 'b:0'])
  await index.remove('a')
  t.same((await keys(index, query('apple'))).text, ['b:0'])
  const db = new DatabaseSync(file)
  t.teardown(() => db.close())
  t.equal(db.prepare('PRAGMA user_version').get()?.user_version, migrations.length)
})

test('a file that a newer release wrote is refused', async (t) => {
  const file = indexFile(t)
  const newer = new DatabaseSync(file)
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  newer.close()
  t.throws(() => createMemoryIndex({ file, language: 'none' }), NewerSchema)
})

test('what was put under one language is found by the rules of the language that is configured now', async (t) => {
  const file = indexFile(t)
  const plain = openIndex(t, file, { language: 'none' })
  await plain.put(attempt('a', { title: 'Invoices' }), [chunk(0, 'the companies', { section: ['Policies'] })])
  const stemmed = openIndex(t, file, { language: 'english' })
  for (const text of ['company', 'policy', 'invoice']) {
    t.same((await keys(plain, query(text))).text, [], text)
    t.same((await keys(stemmed, query(text))).text, ['a:0'], text)
  }
  t.same((await keys(plain, query('the'))).text, ['a:0'])
  t.same((await keys(stemmed, query('the'))).text, [])
})

test('removing leaves no row behind, however many chunks there were', async (t) => {
  const file = indexFile(t)
  const index = openIndex(t, file)
  const made = Array.from({ length: 700 }, (_, ordinal) => chunk(ordinal, `apple ${ordinal}`))
  await index.put(attempt('a'), made)
  t.same([rowsOf(file, 'chunks'), rowsOf(file, 'terms'), rowsOf(file, 'vectors')], [700, 700, 700])
  await index.remove('a')
  for (const table of tables) t.equal(rowsOf(file, table), table === 'removals' ? 1 : 0, table)
})

test('a removal that was cut off is invisible at once and finished by the next one', async (t) => {
  const file = indexFile(t)
  const index = openIndex(t, file)
  await put(index, attempt('a'), 'apple pie', 'pear tart')
  await keys(index, query('apple'))
  // The first transaction of a removal, after which the process died.
  const db = new DatabaseSync(file)
  db.exec(`BEGIN; INSERT INTO removals (attempt) SELECT id FROM attempts; DELETE FROM attempts; COMMIT`)
  db.close()
  t.equal(rowsOf(file, 'chunks'), 2)
  for (const one of [index, openIndex(t, file)]) {
    t.same(await keys(one, query('apple')), { text: [], vector: [] })
    t.equal(await one.count('a'), 0)
    t.equal((await one.passages(['a:0'])).size, 0)
    t.same(await one.chunks('a', { limit: 5 }), { items: [] })
  }
  await put(index, attempt('a'), 'apple again')
  await index.remove('b')
  t.equal(rowsOf(file, 'chunks'), 1)
  t.same((await keys(index, query('apple'))).text, ['a:0'])
  await index.remove('a')
  t.equal(rowsOf(file, 'chunks'), 0)
})

test('the words of a removed document are not left in the file', async (t) => {
  const file = indexFile(t)
  const index = openIndex(t, file)
  await put(index, attempt('a'), 'kept')
  await put(index, attempt('b'), ...Array.from({ length: 300 }, (_, n) => `xylophonist ${n} ${'filler '.repeat(99)}`))
  await index.remove('b')
  await index.close()
  t.notOk(readFileSync(file).includes('xylophonist'))
})
