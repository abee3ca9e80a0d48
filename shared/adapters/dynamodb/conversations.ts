import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { KassError } from '../../errors.ts'
import type { ConversationStore, Owner, StoredMessage } from '../../ports/conversation-store.ts'
import { type Item, number, text } from './attributes.ts'
import { batchGet } from './batch.ts'
import { conditional } from './conditional.ts'
import { appendMessage } from './conversation-append.ts'
import { expireConversations } from './conversation-expiry.ts'
import { listRated, rateMessage, toFeedback } from './conversation-feedback.ts'
import { type Head, readHead, toConversation, toHead, toMessage } from './conversation-items.ts'
import {
  headKey,
  headSort,
  messageSort,
  placeKey,
  ratedSort,
  talkPartition,
  usedPartitions,
  usedSortPattern,
} from './conversation-keys.ts'
import { removeConversation } from './conversation-removal.ts'
import { numberCursor, textCursor, toCursor } from './cursor.ts'
import { byBytes } from './keys.ts'
import { merged, queryItems, verified } from './query.ts'

/** Beyond any number that a message can have. */
const maxNumber = 999_999_999

/**
 * Conversations in one DynamoDB table, read with strong consistency. Messages have the order of their arrival;
 * conversations that of their last use by this machine's clock (`clock` gives milliseconds since 1970). Feedback is over
 * after `retainFeedbackMs` (0: never).
 */
export function createDynamoConversations(
  client: DynamoDBDocumentClient,
  options: { table: string; clock?: () => number; retainFeedbackMs?: number },
): ConversationStore {
  const { table, clock = Date.now, retainFeedbackMs = 0 } = options
  const kept = { table, clock, retainFeedbackMs }
  let latest = 0
  /** Microseconds, and never the same twice in this process. */
  const nextStamp = () => {
    latest = Math.max(latest + 1, Math.floor(clock() * 1000))
    return latest
  }

  /** The conversation, unless it is being taken away. */
  async function find(owner: Owner, conversationId: string): Promise<Head | undefined> {
    const head = await readHead(client, table, owner, conversationId)
    return head?.removed ? undefined : head
  }

  const withFeedback = (message: Item, rated: Item | undefined): StoredMessage => {
    const feedback = toFeedback(rated, kept)
    return { ...toMessage(message), ...(feedback && { feedback }) }
  }
  /** A message and its feedback have the same end of their sort keys. */
  const tailOf = (item: Item) => text(item, 'sk').slice(text(item, 'sk').indexOf('#'))

  const lived = (items: readonly Item[]) => items.map(toHead).filter((head) => !head.removed)

  return {
    append: (owner, conversationId, message) =>
      appendMessage(client, table, nextStamp, { owner, conversationId, message }),
    async get(owner, conversationId) {
      const head = await find(owner, conversationId)
      return head && toConversation(head)
    },
    async list(owner, { cursor, limit }) {
      const name = ['conversations', owner.tenant, owner.subject]
      const before = textCursor(name, cursor)
      if (before !== undefined && !usedSortPattern.test(before)) {
        throw new KassError('invalid_cursor', { place: 'cursor' })
      }
      const partitions = usedPartitions(owner)
      const lists = partitions.map((pk) => {
        const query = {
          TableName: table,
          ConsistentRead: true,
          ScanIndexForward: false,
          KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: { ':pk': pk, ':before': before },
        }
        return queryItems(client, query, Math.ceil((2 * (limit + 1)) / partitions.length))
      })
      const entries = merged(lists, (a, b) => byBytes(text(b, 'sk'), text(a, 'sk')))
      const found = await verified(entries, limit + 1, async (batch) => {
        const keys = batch.map((entry) => headKey(owner, text(entry, 'id')))
        const heads = new Map(lived(await batchGet(client, table, keys)).map((head) => [head.id, head]))
        return batch.map((entry) => {
          const head = heads.get(text(entry, 'id'))
          return head && { sort: text(entry, 'sk'), conversation: toConversation(head) }
        })
      })
      const page = found.slice(0, limit)
      const items = page.map(({ conversation }) => conversation)
      const last = page.at(-1)
      return found.length > limit && last ? { items, cursor: toCursor(name, last.sort) } : { items }
    },
    async messages(owner, conversationId, { cursor, limit }) {
      const name = ['messages', owner.tenant, owner.subject, conversationId]
      const read = numberCursor(name, cursor) ?? 0
      if (read < 0 || read >= maxNumber) throw new KassError('invalid_cursor', { place: 'cursor' })
      const head = await find(owner, conversationId)
      if (!head) return { items: [] }
      const between = (sort: (life: string, number: number) => string) => ({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': talkPartition(owner, conversationId),
          ':from': sort(head.life, read + 1),
          ':to': sort(head.life, read + limit),
        },
      })
      const [found = [], rated = []] = await Promise.all(
        [messageSort, ratedSort].map((sort) => Array.fromAsync(queryItems(client, between(sort), limit))),
      )
      const feedback = new Map(rated.map((item) => [tailOf(item), item]))
      const next = read + found.length
      const items = found.map((item) => withFeedback(item, feedback.get(tailOf(item))))
      return found.length === limit && head.messages > next ? { items, cursor: toCursor(name, next) } : { items }
    },
    async recent(owner, conversationId, limit) {
      const query = {
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': talkPartition(owner, conversationId) },
      }
      let head: Head | undefined
      const found: Item[] = []
      const feedback = new Map<string, Item>()
      for await (const item of queryItems(client, query, limit + 1)) {
        if (text(item, 'sk') === headSort) head = toHead(item)
        if (!head || head.removed || found.length === limit) break
        if (text(item, 'sk').startsWith(ratedSort(head.life, 0).slice(0, -9))) feedback.set(tailOf(item), item)
        if (text(item, 'sk').startsWith(messageSort(head.life, 0).slice(0, -9))) found.push(item)
      }
      return found.reverse().map((item) => withFeedback(item, feedback.get(tailOf(item))))
    },
    async message(owner, messageId) {
      const key = placeKey(owner, messageId)
      const { Item: place } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))
      if (!place) return undefined
      const life = text(place, 'life')
      const talk = headKey(owner, text(place, 'conversationId'))
      const sort = messageSort(life, number(place, 'number'))
      const rated = ratedSort(life, number(place, 'number'))
      const items = await batchGet(
        client,
        table,
        [talk.sk, sort, rated].map((sk) => ({ pk: talk.pk, sk })),
      )
      const [head] = lived(items.filter((item) => item.sk === headSort))
      const message = items.find((item) => item.sk === sort)
      if (head?.life !== life || !message) return undefined
      return withFeedback(
        message,
        items.find((item) => item.sk === rated),
      )
    },
    async rename(owner, conversationId, title) {
      const write = new UpdateCommand({
        TableName: table,
        Key: headKey(owner, conversationId),
        UpdateExpression: 'SET title = :title',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(removed)',
        ExpressionAttributeValues: { ':title': title },
      })
      return (await conditional(() => client.send(write))).length === 0
    },
    remove: (owner, conversationId) => removeConversation(client, table, owner, conversationId),
    rate: (owner, messageId, feedback) => rateMessage(client, kept, { owner, messageId, feedback }),
    rated: (tenant, page) => listRated(client, kept, { tenant, ...page }),
    async expire({ conversations: before }, limit) {
      // Feedback that is over is not shown any more, and the service removes it by its time to live.
      return before === undefined
        ? { messages: [], more: false }
        : expireConversations(client, table, { before, limit })
    },
  }
}
