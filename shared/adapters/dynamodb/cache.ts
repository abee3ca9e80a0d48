import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Cache } from '../../ports/cache.ts'
import { number, text } from './attributes.ts'
import { digest, maxTextBytes } from './keys.ts'

/**
 * A cache in DynamoDB, shared by all processes. The service removes what has expired within days; until then the exact
 * time decides. A value larger than an item may be (390 KB) is not kept, and what stood under its key is forgotten.
 */
export function createDynamoCache(
  client: DynamoDBDocumentClient,
  { table, clock }: { table: string; clock: () => number },
): Cache {
  const keyOf = (key: string) => ({ pk: Buffer.byteLength(key) <= 1024 ? `key#${key}` : `digest#${digest(key)}` })

  async function remove(key: string): Promise<void> {
    await client.send(new DeleteCommand({ TableName: table, Key: keyOf(key) }))
  }

  return {
    async get(key) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }))
      return Item && number(Item, 'expiresAt') > clock() ? text(Item, 'value') : undefined
    },
    async put(key, value, ttlMs) {
      if (Buffer.byteLength(value) > maxTextBytes) return remove(key)
      const expiresAt = clock() + ttlMs
      const ttl = Math.ceil(expiresAt / 1000)
      await client.send(new PutCommand({ TableName: table, Item: { ...keyOf(key), value, expiresAt, ttl } }))
    },
    remove,
  }
}
