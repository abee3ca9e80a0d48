import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Owner } from '../../ports/conversation-store.ts'
import { type Item, text } from './attributes.ts'
import { writeAll } from './conditional.ts'
import { type Head, readHead } from './conversation-items.ts'
import { headKey, idleBefore, idleKey, idlePartitions } from './conversation-keys.ts'
import { hide, takeAway } from './conversation-removal.ts'
import { queryItems } from './query.ts'

/**
 * Removes conversations that were used last before a time. Each has one entry in a list by the time at which it was known
 * to be used last; who comes by moves the entry of one that was used since. So talking costs no write more.
 */
export async function expireConversations(
  client: DynamoDBDocumentClient,
  table: string,
  { before, limit }: { before: number; limit: number },
): Promise<{ messages: string[]; more: boolean }> {
  const messages: string[] = []
  let looked = 0
  for (const pk of idlePartitions()) {
    const query = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk < :before',
      ExpressionAttributeValues: { ':pk': pk, ':before': idleBefore(before) },
    }
    for await (const entry of queryItems(client, query, limit)) {
      if (looked++ === limit) return { messages, more: true }
      messages.push(...(await expireOne(client, table, entry, before)))
    }
  }
  return { messages, more: false }
}

async function expireOne(
  client: DynamoDBDocumentClient,
  table: string,
  entry: Item,
  before: number,
): Promise<string[]> {
  const owner: Owner = { tenant: text(entry, 'tenant'), subject: text(entry, 'subject') }
  const key = { pk: text(entry, 'pk'), sk: text(entry, 'sk') }
  const head = await readHead(client, table, owner, text(entry, 'id'))
  if (!head || head.life !== text(entry, 'life')) return forget()
  if (!head.removed && head.updatedAt >= before) {
    await move(client, table, owner, head, key)
    return []
  }
  // Somebody may go on with it at this very moment: then it is looked at again.
  if (!head.removed && !(await hide(client, table, owner, head))) return []
  const ids = await takeAway(client, table, owner, head)
  await forget()
  return ids

  async function forget(): Promise<string[]> {
    await client.send(new DeleteCommand({ TableName: table, Key: key }))
    return []
  }
}

/** Nothing happens when the conversation is taken away at the same time: then the entry is found without it. */
async function move(
  client: DynamoDBDocumentClient,
  table: string,
  owner: Owner,
  head: Head,
  from: Item,
): Promise<void> {
  const to = idleKey(owner, head.id, head.updatedAt)
  const Item = { ...to, tenant: owner.tenant, subject: owner.subject, id: head.id, life: head.life }
  await writeAll(client, [
    {
      Update: {
        TableName: table,
        Key: headKey(owner, head.id),
        UpdateExpression: 'SET idleAt = :at',
        ConditionExpression: 'life = :life AND attribute_not_exists(removed)',
        ExpressionAttributeValues: { ':at': head.updatedAt, ':life': head.life },
      },
    },
    { Put: { TableName: table, Item } },
    { Delete: { TableName: table, Key: from } },
  ])
}
