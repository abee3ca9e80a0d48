import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Owner } from '../../ports/conversation-store.ts'
import { number, text } from './attributes.ts'
import { backOff } from './backoff.ts'
import { batchDelete } from './batch.ts'
import { conditional, writeAll } from './conditional.ts'
import { type Head, readHead } from './conversation-items.ts'
import {
  feedbackKey,
  headKey,
  idleKey,
  messageSort,
  placeKey,
  ratedSort,
  talkPartition,
  usedKey,
} from './conversation-keys.ts'
import { queryItems } from './query.ts'

/** Messages that are taken away in one go: their places first, so that whatever is left can still be found. */
const step = 100

/**
 * Removes a conversation: one write hides it, then everything in it is taken away. Whoever comes after a removal that
 * stopped in the middle ends it. Gives the ids of the messages; undefined when there is no such conversation.
 */
export async function removeConversation(
  client: DynamoDBDocumentClient,
  table: string,
  owner: Owner,
  conversationId: string,
): Promise<string[] | undefined> {
  for (let tries = 1; ; tries++) {
    const head = await readHead(client, table, owner, conversationId)
    if (!head) return undefined
    if (head.removed || (await hide(client, table, owner, head))) return takeAway(client, table, owner, head)
    await backOff(tries)
  }
}

/** Nobody sees it any more. False when a message came at the same time. */
export async function hide(client: DynamoDBDocumentClient, table: string, owner: Owner, head: Head): Promise<boolean> {
  const failed = await writeAll(client, [
    {
      Update: {
        TableName: table,
        Key: headKey(owner, head.id),
        UpdateExpression: 'SET removed = :true',
        ConditionExpression: 'life = :life AND messages = :messages AND attribute_not_exists(removed)',
        ExpressionAttributeValues: { ':true': true, ':life': head.life, ':messages': head.messages },
      },
    },
    { Delete: { TableName: table, Key: usedKey(owner, head.id, head.stamp) } },
    ...(head.idleAt === undefined ? [] : [{ Delete: { TableName: table, Key: idleKey(owner, head.id, head.idleAt) } }]),
  ])
  return failed.length === 0
}

/** Takes away what is left of a hidden conversation, itself at last. Gives the ids of the messages. */
export async function takeAway(
  client: DynamoDBDocumentClient,
  table: string,
  owner: Owner,
  { id, life }: Pick<Head, 'id' | 'life'>,
): Promise<string[]> {
  const pk = talkPartition(owner, id)
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: { ':pk': pk, ':first': messageSort(life, 0), ':last': messageSort(life, 999_999_999) },
    ProjectionExpression: 'sk, messageId',
  }
  await takeFeedback(client, table, owner, { pk, life })
  const ids: string[] = []
  let batch: { sk: string; messageId: string }[] = []
  const flush = async () => {
    await batchDelete(
      client,
      table,
      batch.map(({ messageId }) => placeKey(owner, messageId)),
    )
    await batchDelete(
      client,
      table,
      batch.map(({ sk }) => ({ pk, sk })),
    )
    batch = []
  }
  for await (const item of queryItems(client, query, step)) {
    const messageId = text(item, 'messageId')
    ids.push(messageId)
    if (batch.push({ sk: text(item, 'sk'), messageId }) === step) await flush()
  }
  await flush()
  const end = new DeleteCommand({
    TableName: table,
    Key: headKey(owner, id),
    ConditionExpression: 'life = :life AND removed = :true',
    ExpressionAttributeValues: { ':life': life, ':true': true },
  })
  // Refused when somebody else has ended it.
  await conditional(() => client.send(end))
  return ids
}

/** What was said of the messages: the entries first, so that whatever is left can still be found. */
async function takeFeedback(
  client: DynamoDBDocumentClient,
  table: string,
  owner: Owner,
  { pk, life }: { pk: string; life: string },
): Promise<void> {
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: { ':pk': pk, ':first': ratedSort(life, 0), ':last': ratedSort(life, 999_999_999) },
    ProjectionExpression: 'sk, messageId, #at',
    ExpressionAttributeNames: { '#at': 'at' },
  }
  const rated = await Array.fromAsync(queryItems(client, query, step))
  const entries = rated.map((item) => feedbackKey(owner, text(item, 'messageId'), number(item, 'at')))
  await batchDelete(client, table, entries)
  await batchDelete(
    client,
    table,
    rated.map((item) => ({ pk, sk: text(item, 'sk') })),
  )
}
