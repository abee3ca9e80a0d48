import type { SQLOutputValue } from 'node:sqlite'
import { KassError } from '../../errors.ts'
import type { Conversation, ConversationStore, Feedback, Owner, StoredMessage } from '../../ports/conversation-store.ts'
import { titleOf } from '../../text/title.ts'
import { numberCursor, textCursor, toCursor } from './cursor.ts'
import type { Database } from './database.ts'
import { number, optionalNumber, optionalText, text } from './rows.ts'

const rated = `SELECT messages.conversation, id, role, content, created_at, sources, citations, meta, rating, comment, at
               FROM messages`
const joined = `feedback ON feedback.tenant = messages.tenant AND feedback.subject = messages.subject
                AND feedback.message = messages.id`
const message = `${rated} LEFT JOIN ${joined} WHERE messages.tenant = ? AND messages.subject = ?`
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
  messages: `${message} AND messages.conversation = ? ORDER BY seq LIMIT ? OFFSET ?`,
  recent: `${message} AND messages.conversation = ? ORDER BY seq DESC LIMIT ?`,
  message: `${message} AND messages.id = ?`,
  rename: 'UPDATE conversations SET title = ? WHERE tenant = ? AND subject = ? AND id = ?',
  remove: 'DELETE FROM conversations WHERE tenant = ? AND subject = ? AND id = ?',
  removeMessages: 'DELETE FROM messages WHERE tenant = ? AND subject = ? AND conversation = ? RETURNING id',
  removeFeedback: 'DELETE FROM feedback WHERE tenant = ? AND subject = ? AND conversation = ?',
  rate: `INSERT INTO feedback (tenant, subject, message, conversation, rating, comment, at)
         SELECT tenant, subject, id, conversation, ?4, ?5, ?6 FROM messages WHERE tenant = ?1 AND subject = ?2 AND id = ?3
         ON CONFLICT DO UPDATE SET rating = excluded.rating, comment = excluded.comment, at = excluded.at`,
  rated: `${rated} JOIN ${joined} WHERE feedback.tenant = ? AND (feedback.at, feedback.message) > (?, ?)
          ORDER BY feedback.at, feedback.message LIMIT ?`,
  old: 'SELECT tenant, subject, id FROM conversations WHERE updated_at < ? ORDER BY updated_at LIMIT ?',
  expireFeedback: `DELETE FROM feedback WHERE (tenant, subject, message) IN
                   (SELECT tenant, subject, message FROM feedback WHERE at < ? ORDER BY at LIMIT ?)`,
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
    ...(row.rating === null ? {} : { feedback: toFeedback(row) }),
  }
}

function toFeedback(row: Row): Feedback {
  const comment = optionalText(row.comment)
  return {
    rating: row.rating === 'up' ? 'up' : 'down',
    ...(comment !== undefined && { comment }),
    at: number(row.at),
  }
}

/** Conversations in SQLite. Order is the order of arrival, which no clock can disturb. */
export function createSqliteConversations(db: Database): ConversationStore {
  const find = (owner: Owner, id: string) => db.sql(sql.get).get(owner.tenant, owner.subject, id)

  /** Within a transaction. */
  function remove({ tenant, subject }: Owner, conversationId: string): string[] | undefined {
    if (db.sql(sql.remove).run(tenant, subject, conversationId).changes === 0) return undefined
    db.sql(sql.removeFeedback).run(tenant, subject, conversationId)
    const removed = db.sql(sql.removeMessages).all(tenant, subject, conversationId)
    return removed.map((row) => text(row.id))
  }

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
    async remove(owner, conversationId) {
      return db.transaction(() => remove(owner, conversationId))
    },
    async rate({ tenant, subject }, messageId, { rating, comment, at }) {
      return db.sql(sql.rate).run(tenant, subject, messageId, rating, comment ?? null, at).changes === 1
    },
    async rated(tenant, { cursor, limit }) {
      const { at, id } = ratedPosition(cursor)
      const rows = db.sql(sql.rated).all(tenant, at, id, limit + 1)
      const last = rows[limit - 1]
      return pageOf(rows, limit, toMessage, last ? `${number(last.at)}#${text(last.id)}` : 0)
    },
    async expire(over, limit) {
      const { conversations: before = 0, feedback: given = 0 } = over
      const old = db.sql(sql.old).all(before, limit)
      const messages = old.flatMap((row) => {
        const owner = { tenant: text(row.tenant), subject: text(row.subject) }
        // One at a time: what is long must not hold up who talks.
        return db.transaction(() => {
          // Somebody may have gone on with it meanwhile.
          const current = optionalNumber(find(owner, text(row.id))?.updated_at) ?? before
          return current < before ? (remove(owner, text(row.id)) ?? []) : []
        })
      })
      const { changes } = db.sql(sql.expireFeedback).run(given, limit)
      return { messages, more: old.length === limit || Number(changes) === limit }
    },
  }
}

/** @throws KassError invalid_cursor */
function ratedPosition(cursor: string | undefined): { at: number; id: string } {
  const position = textCursor(cursor)
  if (position === undefined) return { at: 0, id: '' }
  const [, at, id] = /^(\d{1,15})#(.*)$/s.exec(position) ?? []
  if (at === undefined || id === undefined) throw new KassError('invalid_cursor', { place: 'cursor' })
  return { at: Number(at), id }
}

function pageOf<T>(rows: Row[], limit: number, convert: (row: Row) => T, next: number | string) {
  const items = rows.slice(0, limit).map(convert)
  return rows.length > limit ? { items, cursor: toCursor(next) } : { items }
}
