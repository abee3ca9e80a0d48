import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { KassError } from '../../errors.ts'
import { type Feedback, type Owner, ratings, type StoredMessage } from '../../ports/conversation-store.ts'
import type { Page } from '../../ports/document-store.ts'
import { type Item, number, optionalText, text } from './attributes.ts'
import { backOff } from './backoff.ts'
import { batchGet } from './batch.ts'
import { type Operation, writeAll } from './conditional.ts'
import { readHead, toHead, toMessage } from './conversation-items.ts'
import {
  feedbackKey,
  feedbackPartitions,
  feedbackSortPattern,
  headSort,
  messageSort,
  placeKey,
  ratedSort,
  talkPartition,
} from './conversation-keys.ts'
import { textCursor, toCursor } from './cursor.ts'
import { byBytes } from './keys.ts'
import { merged, queryItems, verified } from './query.ts'

export interface FeedbackOptions {
  table: string
  clock: () => number
  /** How long feedback is kept; 0: for as long as its conversation. */
  retainFeedbackMs: number
}

type Kept = Pick<FeedbackOptions, 'clock' | 'retainFeedbackMs'>

/** The feedback of an item; undefined when it is over. The service removes it within days, the exact time decides. */
export function toFeedback(item: Item | undefined, { clock, retainFeedbackMs }: Kept): Feedback | undefined {
  if (!item) return undefined
  const at = number(item, 'at')
  if (retainFeedbackMs > 0 && at < clock() - retainFeedbackMs) return undefined
  const comment = optionalText(item, 'comment')
  const rating = ratings.find((known) => known === item.rating)
  if (rating === undefined) throw new TypeError('the table holds something else where a rating belongs')
  return { rating, ...(comment !== undefined && { comment }), at }
}

/**
 * Feedback is an item beside its message, and an entry of the tenant's list, written together. Who was second of two
 * who rate at once takes the place of the first.
 */
export async function rateMessage(
  client: DynamoDBDocumentClient,
  options: FeedbackOptions,
  about: { owner: Owner; messageId: string; feedback: Feedback },
): Promise<boolean> {
  const { table, retainFeedbackMs } = options
  const { owner, messageId, feedback } = about
  const get = async (Key: Item) =>
    (await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }))).Item
  for (let tries = 1; ; tries++) {
    const place = await get(placeKey(owner, messageId))
    if (!place) return false
    const conversationId = text(place, 'conversationId')
    const life = text(place, 'life')
    const head = await readHead(client, table, owner, conversationId)
    if (!head || head.removed || head.life !== life) return false
    const pk = talkPartition(owner, conversationId)
    const key = { pk, sk: ratedSort(life, number(place, 'number')) }
    const former = await get(key)
    const ttl = retainFeedbackMs > 0 ? Math.ceil((feedback.at + retainFeedbackMs) / 1000) : undefined
    const entry = feedbackKey(owner, messageId, feedback.at)
    const where = { subject: owner.subject, conversationId, life, number: number(place, 'number') }
    const operations: Operation[] = [
      {
        ConditionCheck: {
          TableName: table,
          Key: { pk, sk: headSort },
          ConditionExpression: 'life = :life AND attribute_not_exists(removed)',
          ExpressionAttributeValues: { ':life': life },
        },
      },
      {
        Put: {
          TableName: table,
          Item: { ...key, ...feedback, messageId, ttl },
          ConditionExpression: former ? '#at = :former' : 'attribute_not_exists(pk)',
          ...(former && {
            ExpressionAttributeNames: { '#at': 'at' },
            ExpressionAttributeValues: { ':former': number(former, 'at') },
          }),
        },
      },
      { Put: { TableName: table, Item: { ...entry, ...where, at: feedback.at, ttl } } },
    ]
    const old = former && feedbackKey(owner, messageId, number(former, 'at'))
    if (old && old.sk !== entry.sk) operations.push({ Delete: { TableName: table, Key: old } })
    if ((await writeAll(client, operations)).length === 0) return true
    await backOff(tries)
  }
}

/** The rated messages of a tenant, in the order of their feedback; what is gone or was rated again since is left out. */
export async function listRated(
  client: DynamoDBDocumentClient,
  options: FeedbackOptions,
  { tenant, cursor, limit }: { tenant: string; cursor?: string; limit: number },
): Promise<Page<StoredMessage>> {
  const { table } = options
  const name = ['feedback', tenant]
  const after = textCursor(name, cursor)
  if (after !== undefined && !feedbackSortPattern.test(after))
    throw new KassError('invalid_cursor', { place: 'cursor' })
  const partitions = feedbackPartitions(tenant)
  const lists = partitions.map((pk) => {
    const query = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
      ExpressionAttributeValues: { ':pk': pk, ':after': after },
    }
    return queryItems(client, query, Math.ceil((2 * (limit + 1)) / partitions.length))
  })
  const entries = merged(lists, (a, b) => byBytes(text(a, 'sk'), text(b, 'sk')))
  // A message may be large: few at a time.
  const found = await verified(entries, limit + 1, (batch) =>
    Promise.all(batch.map((entry) => ratedMessage(client, options, tenant, entry))),
  )
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const items = page.map(({ message }) => message)
  return found.length > limit && last ? { items, cursor: toCursor(name, last.sort) } : { items }
}

async function ratedMessage(
  client: DynamoDBDocumentClient,
  options: FeedbackOptions,
  tenant: string,
  entry: Item,
): Promise<{ sort: string; message: StoredMessage } | undefined> {
  const life = text(entry, 'life')
  const place = number(entry, 'number')
  const pk = talkPartition({ tenant, subject: text(entry, 'subject') }, text(entry, 'conversationId'))
  const sorts = { head: headSort, message: messageSort(life, place), rated: ratedSort(life, place) }
  const items = await batchGet(
    client,
    options.table,
    Object.values(sorts).map((sk) => ({ pk, sk })),
  )
  const at = (sk: string) => items.find((item) => item.sk === sk)
  const [head, message] = [at(sorts.head), at(sorts.message)]
  const feedback = toFeedback(at(sorts.rated), options)
  if (!head || !message || !feedback || feedback.at !== number(entry, 'at')) return undefined
  const current = toHead(head)
  if (current.removed || current.life !== life) return undefined
  return { sort: text(entry, 'sk'), message: { ...toMessage(message), feedback } }
}
