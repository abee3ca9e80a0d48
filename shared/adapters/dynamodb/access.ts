import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { KassError } from '../../errors.ts'
import { type AccessStore, type ApiKey, scopes } from '../../ports/access-store.ts'
import { type Item, number, optionalNumber, strings, text } from './attributes.ts'
import { batchGet } from './batch.ts'
import { conditional, writeAll } from './conditional.ts'
import { digest } from './keys.ts'
import { queryItems } from './query.ts'

/**
 * The access table:
 *
 * | pk | sk | what |
 * |---|---|---|
 * | `key#<id>` | `key` | a key |
 * | `keys` | its id | that there is such a key; nobody reads this but who lists the keys |
 * | `usage#<digest of tenant, subject, day>` | `usage` | counters |
 */
const keyOf = (id: string) => ({ pk: `key#${id}`, sk: 'key' })
const usageOf = (who: { tenant: string; subject: string; day: string }) => ({
  pk: `usage#${digest(who.tenant, who.subject, who.day)}`,
  sk: 'usage',
})

function toKey(item: Item): ApiKey {
  const held = strings(item, 'scopes')
  const revokedAt = optionalNumber(item, 'revokedAt')
  return {
    id: text(item, 'id'),
    hash: text(item, 'hash'),
    name: text(item, 'name'),
    tenant: text(item, 'tenant'),
    subject: text(item, 'subject'),
    groups: strings(item, 'groups'),
    scopes: scopes.filter((scope) => held.includes(scope)),
    createdAt: number(item, 'createdAt'),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  }
}

/**
 * API keys and usage counters in DynamoDB. No increment is lost; one whose answer was lost on the way may count twice,
 * as the SDK tries it again.
 */
export function createDynamoAccess(client: DynamoDBDocumentClient, { table }: { table: string }): AccessStore {
  async function get(key: Item): Promise<Item | undefined> {
    return (await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item
  }

  return {
    async createKey(key) {
      const failed = await writeAll(client, [
        {
          Put: {
            TableName: table,
            Item: { ...keyOf(key.id), ...key },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        { Put: { TableName: table, Item: { pk: 'keys', sk: key.id } } },
      ])
      if (failed.length > 0) throw new KassError('conflict', { detail: `There is a key ${key.id} already.` })
    },
    async key(id) {
      const item = await get(keyOf(id))
      return item && toKey(item)
    },
    async keys() {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 'keys' },
      }
      const named = await Array.fromAsync(queryItems(client, query, 1000))
      const items = await batchGet(
        client,
        table,
        named.map((item) => keyOf(text(item, 'sk'))),
      )
      return items.map(toKey).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    },
    async revoke(id, at) {
      const mark = new UpdateCommand({
        TableName: table,
        Key: keyOf(id),
        UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :at)',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':at': at },
      })
      return (await conditional(() => client.send(mark))).length === 0
    },
    async count(who, { requests, inputTokens, outputTokens }) {
      const { tenant, subject, day } = who
      const add = new UpdateCommand({
        TableName: table,
        Key: usageOf(who),
        UpdateExpression:
          'SET #tenant = :tenant, #subject = :subject, #day = :day ADD requests :r, inputTokens :i, outputTokens :o',
        ExpressionAttributeNames: { '#tenant': 'tenant', '#subject': 'subject', '#day': 'day' },
        ExpressionAttributeValues: {
          ':tenant': tenant,
          ':subject': subject,
          ':day': day,
          ':r': requests,
          ':i': inputTokens,
          ':o': outputTokens,
        },
      })
      await client.send(add)
    },
    async usage(who) {
      const item = await get(usageOf(who))
      const counted = (name: string) => (item && optionalNumber(item, name)) ?? 0
      return {
        requests: counted('requests'),
        inputTokens: counted('inputTokens'),
        outputTokens: counted('outputTokens'),
      }
    },
  }
}
