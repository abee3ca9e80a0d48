import type { SQLOutputValue } from 'node:sqlite'
import { KassError } from '../../errors.ts'
import { type AccessStore, type ApiKey, scopes } from '../../ports/access-store.ts'
import type { Database } from './database.ts'
import { number, optionalNumber, optionalText, strings, text } from './rows.ts'

const sql = {
  create: `INSERT INTO api_keys (id, hash, name, tenant, subject, groups, scopes, created_at, expires_at, revoked_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  key: 'SELECT * FROM api_keys WHERE id = ?',
  keys: 'SELECT * FROM api_keys ORDER BY created_at, id',
  replace: `UPDATE api_keys SET replaced_by = ?1, expires_at = min(coalesce(expires_at, ?2), ?2)
            WHERE id = ?3 AND revoked_at IS NULL AND replaced_by IS NULL AND coalesce(expires_at > ?4, TRUE)`,
  used: 'UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, ?1), ?1) WHERE id = ?2',
  revoke: 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?',
  count: `INSERT INTO usage (tenant, subject, day, requests, input_tokens, output_tokens) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
            input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`,
  usage: 'SELECT requests, input_tokens, output_tokens FROM usage WHERE tenant = ? AND subject = ? AND day = ?',
}

function toKey(row: Record<string, SQLOutputValue>): ApiKey {
  const held = strings(row.scopes)
  const [expiresAt, revokedAt] = [optionalNumber(row.expires_at), optionalNumber(row.revoked_at)]
  const [lastUsedAt, replacedBy] = [optionalNumber(row.last_used_at), optionalText(row.replaced_by)]
  return {
    id: text(row.id),
    hash: text(row.hash),
    name: text(row.name),
    tenant: text(row.tenant),
    subject: text(row.subject),
    groups: strings(row.groups),
    scopes: scopes.filter((scope) => held.includes(scope)),
    createdAt: number(row.created_at),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(revokedAt !== undefined && { revokedAt }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
    ...(replacedBy !== undefined && { replacedBy }),
  }
}

/** API keys and usage counters in SQLite. */
export function createSqliteAccess(db: Database): AccessStore {
  function insert(key: ApiKey): void {
    const { id, hash, name, tenant, subject, createdAt, expiresAt = null, revokedAt = null } = key
    const lists = [JSON.stringify(key.groups), JSON.stringify(key.scopes)] as const
    const { changes } = db
      .sql(sql.create)
      .run(id, hash, name, tenant, subject, ...lists, createdAt, expiresAt, revokedAt)
    if (changes === 0) throw new KassError('conflict', { detail: `There is a key ${id} already.` })
  }

  return {
    async createKey(key) {
      insert(key)
    },
    async key(id) {
      const row = db.sql(sql.key).get(id)
      return row && toKey(row)
    },
    async keys() {
      return db.sql(sql.keys).all().map(toKey)
    },
    async rotate(id, { next, at, endsAt }) {
      return db.transaction(() => {
        const { changes } = db.sql(sql.replace).run(next.id, endsAt, id, at)
        if (changes === 1) insert(next)
        return changes === 1
      })
    },
    async used(id, at) {
      db.sql(sql.used).run(at, id)
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
