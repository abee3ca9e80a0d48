import { test } from 'tap'
import { openConnections } from './open.ts'

test('a transaction that throws leaves nothing, and the next one works', async (t) => {
  const db = openConnections(t).connect()
  db.raw.exec('CREATE TABLE a (n)')
  const broken = () =>
    db.transaction(() => {
      db.sql('INSERT INTO a VALUES (1)').run()
      throw new Error('broken')
    })
  t.throws(broken, { message: 'broken' })
  t.equal(
    db.transaction(() => db.sql('INSERT INTO a VALUES (2)').run().changes),
    1,
  )
  t.same(
    db
      .sql('SELECT n FROM a')
      .all()
      .map((row) => row.n),
    [2],
  )
})

test('a database can be closed twice', async (t) => {
  const db = openConnections(t).connect()
  db.close()
  t.doesNotThrow(() => db.close())
})
