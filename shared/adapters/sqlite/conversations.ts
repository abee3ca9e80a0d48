import type { SQLOutputValue } from 'node:sqlite'
import type { Conversation, ConversationStore, Owner, StoredMessage } from '../../ports/conversation-store.ts'
import { titleOf } from '../../text/title.ts'
import { numberCursor, toCursor } from './cursor.ts'
import type { Database } from './database.ts'
import { number, optionalNumber, optionalText, text } from './rows.ts'

const messageColumns = 'conversation, id, role, content, created_at, sources, citations, meta'
const sql = {
  addMessage: `INSERT INTO messages (tenant, subject, conversation, id, role, content, created_at, sources, citations, meta)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  // Places are counted for each owner: a cursor that showed `seq` would tell how much everybody else talks.
  touch: `INSERT INTO conversations (tenant, subject, id, title, created_at, updated_at, messages, last)
          VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1,
            (SELECT coalesce(max(last), 0) + 1 FROM conversations WHERE tenant = ?1 AND subject = ?2))
          ON CONFLICT DO UPDATE SET updated_at = max(updated_at, excluded.updated_at), messages = messages + 1,
            last = excluded.last`,
  get: 'SELECT * FROM conversations WHERE tenant = ? AND subject = ? AND id = ?',
  list: `SELECT * FROM conversations WHERE tenant = ? AND subject = ? AND last < ? ORDER BY last DESC LIMIT ?`,
  messages: `SELECT ${messageColumns} FROM messages
             WHERE tenant = ? AND subject = ? AND conversation = ? ORDER BY seq LIMIT ? OFFSET ?`,
  recent: `SELECT ${messageColumns} FROM messages
           WHERE tenant = ? AND subject = ? AND conversation = ? ORDER BY seq DESC LIMIT ?`,
  message: `SELECT ${messageColumns} FROM messages WHERE tenant = ? AND subject = ? AND id = ?`,
  rename: 'UPDATE conversations SET title = ? WHERE tenant = ? AND subject = ? AND id = ?',
  remove: 'DELETE FROM conversations WHERE tenant = ? AND subject = ? AND id = ?',
  removeMessages: 'DELETE FROM messages WHERE tenant = ? AND subject = ? AND conversation = ? RETURNING id',
}

type Row = Record<string, SQLOutputValue>

function toConversation(row: Row): Conversation {
  return {
    id: text(row.id),
    title: text(row.title),
    createdAt: number(row.created_at),
    updatedAt: number(row.updated_at),
    messages: number(row.messages),
  }
}

function toMessage(row: Row): StoredMessage {
  const meta = optionalText(row.meta)
  return {
    conversationId: text(row.conversation),
    id: text(row.id),
    role: row.role === 'assistant' ? 'assistant' : 'user',
    content: text(row.content),
    createdAt: number(row.created_at),
    sources: JSON.parse(text(row.sources)),
    citations: JSON.parse(text(row.citations)),
    ...(meta === undefined ? {} : { meta: JSON.parse(meta) }),
  }
}

/** Conversations in SQLite. Order is the order of arrival, which no clock can disturb. */
export function createSqliteConversations(db: Database): ConversationStore {
  const find = (owner: Owner, id: string) => db.sql(sql.get).get(owner.tenant, owner.subject, id)

  return {
    async append({ tenant, subject }, conversationId, message) {
      const { id, role, content, createdAt, sources, citations, meta } = message
      const cited = [JSON.stringify(sources), JSON.stringify(citations), meta ? JSON.stringify(meta) : null] as const
      db.transaction(() => {
        const add = db.sql(sql.addMessage)
        const { changes } = add.run(tenant, subject, conversationId, id, role, content, createdAt, ...cited)
        // The same message once more: a retry of an append that had landed.
        if (changes === 0) return
        const title = titleOf(content)
        db.sql(sql.touch).run(tenant, subject, conversationId, title, createdAt)
      })
    },
    async get(owner, conversationId) {
      const row = find(owner, conversationId)
      return row && toConversation(row)
    },
    async list({ tenant, subject }, { cursor, limit }) {
      const before = numberCursor(cursor) ?? Number.MAX_SAFE_INTEGER
      const rows = db.sql(sql.list).all(tenant, subject, before, limit + 1)
      return pageOf(rows, limit, toConversation, optionalNumber(rows[limit - 1]?.last) ?? 0)
    },
    async messages({ tenant, subject }, conversationId, { cursor, limit }) {
      const read = numberCursor(cursor) ?? 0
      const rows = db.sql(sql.messages).all(tenant, subject, conversationId, limit + 1, read)
      return pageOf(rows, limit, toMessage, read + limit)
    },
    async recent({ tenant, subject }, conversationId, limit) {
      return db.sql(sql.recent).all(tenant, subject, conversationId, limit).map(toMessage).reverse()
    },
    async message({ tenant, subject }, messageId) {
      const row = db.sql(sql.message).get(tenant, subject, messageId)
      return row && toMessage(row)
    },
    async rename({ tenant, subject }, conversationId, title) {
      return db.sql(sql.rename).run(title, tenant, subject, conversationId).changes === 1
    },
    async remove({ tenant, subject }, conversationId) {
      return db.transaction(() => {
        if (db.sql(sql.remove).run(tenant, subject, conversationId).changes === 0) return undefined
        const removed = db.sql(sql.removeMessages).all(tenant, subject, conversationId)
        return removed.map((row) => text(row.id))
      })
    },
  }
}

function pageOf<T>(rows: Row[], limit: number, convert: (row: Row) => T, next: number) {
  const items = rows.slice(0, limit).map(convert)
  return rows.length > limit ? { items, cursor: toCursor(next) } : { items }
}
