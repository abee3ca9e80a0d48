import type { Cache } from '../../ports/cache.ts'
import type { Database } from './database.ts'
import { text } from './rows.ts'

/** More than one for each row that is written, so that what has expired can't pile up; few, so that no write is slow. */
const purgeStep = 10

const sql = {
  get: 'SELECT value FROM cache WHERE key = ? AND expires_at > ?',
  put: `INSERT INTO cache (key, value, expires_at) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
  purge: `DELETE FROM cache WHERE rowid IN
          (SELECT rowid FROM cache WHERE expires_at <= ? ORDER BY expires_at LIMIT ${purgeStep})`,
  remove: 'DELETE FROM cache WHERE key = ?',
}

/** A cache in SQLite, shared by all processes. Each `put` removes some of what has expired. */
export function createSqliteCache(db: Database, options: { clock?: () => number } = {}): Cache {
  const { clock = Date.now } = options
  return {
    async get(key) {
      const row = db.sql(sql.get).get(key, clock())
      return row && text(row.value)
    },
    async put(key, value, ttlMs) {
      const now = clock()
      db.sql(sql.purge).run(now)
      db.sql(sql.put).run(key, value, now + ttlMs)
    },
    async remove(key) {
      db.sql(sql.remove).run(key)
    },
  }
}
