import type { SQLOutputValue } from 'node:sqlite'
import { KassError } from '../../errors.ts'
import { type AccessStore, type ApiKey, scopes } from '../../ports/access-store.ts'
import type { Database } from './database.ts'
import { number, optionalNumber, strings, text } from './rows.ts'

const sql = {
  create: `INSERT INTO api_keys (id, hash, name, tenant, subject, groups, scopes, created_at, revoked_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  key: 'SELECT * FROM api_keys WHERE id = ?',
  keys: 'SELECT * FROM api_keys ORDER BY created_at, id',
  revoke: 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?',
  count: `INSERT INTO usage (tenant, subject, day, requests, input_tokens, output_tokens) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
            input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`,
  usage: 'SELECT requests, input_tokens, output_tokens FROM usage WHERE tenant = ? AND subject = ? AND day = ?',
}

function toKey(row: Record<string, SQLOutputValue>): ApiKey {
  const held = strings(row.scopes)
  const revokedAt = optionalNumber(row.revoked_at)
  return {
    id: text(row.id),
    hash: text(row.hash),
    name: text(row.name),
    tenant: text(row.tenant),
    subject: text(row.subject),
    groups: strings(row.groups),
    scopes: scopes.filter((scope) => held.includes(scope)),
    createdAt: number(row.created_at),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  }
}

/** API keys and usage counters in SQLite. */
export function createSqliteAccess(db: Database): AccessStore {
  return {
    async createKey(key) {
      const { id, hash, name, tenant, subject, createdAt, revokedAt } = key
      const lists = [JSON.stringify(key.groups), JSON.stringify(key.scopes)] as const
      const { changes } = db
        .sql(sql.create)
        .run(id, hash, name, tenant, subject, ...lists, createdAt, revokedAt ?? null)
      if (changes === 0) throw new KassError('conflict', { detail: `There is a key ${id} already.` })
    },
    async key(id) {
      const row = db.sql(sql.key).get(id)
      return row && toKey(row)
    },
    async keys() {
      return db.sql(sql.keys).all().map(toKey)
    },
    async revoke(id, at) {
      return db.sql(sql.revoke).run(at, id).changes === 1
    },
    async count({ tenant, subject, day }, { requests, inputTokens, outputTokens }) {
      db.sql(sql.count).run(tenant, subject, day, requests, inputTokens, outputTokens)
    },
    async usage({ tenant, subject, day }) {
      const row = db.sql(sql.usage).get(tenant, subject, day)
      if (!row) return { requests: 0, inputTokens: 0, outputTokens: 0 }
      return {
        requests: number(row.requests),
        inputTokens: number(row.input_tokens),
        outputTokens: number(row.output_tokens),
      }
    },
  }
}
