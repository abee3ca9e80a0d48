import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { KassError } from '../../errors.ts'
import { type AccessStore, type ApiKey, scopes } from '../../ports/access-store.ts'
import { type Item, number, optionalNumber, optionalText, strings, text } from './attributes.ts'
import { batchGet } from './batch.ts'
import { conditional, type Operation, writeAll } from './conditional.ts'
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
  const [expiresAt, revokedAt] = [optionalNumber(item, 'expiresAt'), optionalNumber(item, 'revokedAt')]
  const [lastUsedAt, replacedBy] = [optionalNumber(item, 'lastUsedAt'), optionalText(item, 'replacedBy')]
  return {
    id: text(item, 'id'),
    hash: text(item, 'hash'),
    name: text(item, 'name'),
    tenant: text(item, 'tenant'),
    subject: text(item, 'subject'),
    groups: strings(item, 'groups'),
    scopes: scopes.filter((scope) => held.includes(scope)),
    createdAt: number(item, 'createdAt'),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(revokedAt !== undefined && { revokedAt }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
    ...(replacedBy !== undefined && { replacedBy }),
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

  /** What a new key consists of; the first of it is refused when there is one of that id. */
  const newKey = (key: ApiKey): Operation[] => [
    {
      Put: { TableName: table, Item: { ...keyOf(key.id), ...key }, ConditionExpression: 'attribute_not_exists(pk)' },
    },
    { Put: { TableName: table, Item: { pk: 'keys', sk: key.id } } },
  ]
  const taken = (id: string) => new KassError('conflict', { detail: `There is a key ${id} already.` })

  return {
    async createKey(key) {
      const failed = await writeAll(client, newKey(key))
      if (failed.length > 0) throw taken(key.id)
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
    async rotate(id, { next, at, endsAt }) {
      const item = await get(keyOf(id))
      if (!item) return false
      const { expiresAt = Number.POSITIVE_INFINITY } = toKey(item)
      if (expiresAt <= at) return false
      // Its end is only ever changed together with `replacedBy`, so what was read still holds when the condition does.
      const replace = {
        TableName: table,
        Key: keyOf(id),
        UpdateExpression: 'SET replacedBy = :next, expiresAt = :ends',
        ConditionExpression: 'attribute_not_exists(revokedAt) AND attribute_not_exists(replacedBy)',
        ExpressionAttributeValues: { ':next': next.id, ':ends': Math.min(expiresAt, endsAt) },
      }
      const failed = await writeAll(client, [{ Update: replace }, ...newKey(next)])
      if (failed.some(({ index }) => index > 0)) throw taken(next.id)
      return failed.length === 0
    },
    async used(id, at) {
      const mark = new UpdateCommand({
        TableName: table,
        Key: keyOf(id),
        UpdateExpression: 'SET lastUsedAt = :at',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)',
        ExpressionAttributeValues: { ':at': at },
      })
      await conditional(() => client.send(mark))
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
