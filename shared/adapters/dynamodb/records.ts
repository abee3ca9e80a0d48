import { type DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { type ActiveItem, type DocumentStatus, documentStatuses } from '../../documents/document.ts'
import { documentId } from '../../documents/identity.ts'
import { ulid } from '../../ulid.ts'
import type { RecordBackend } from '../record-store.ts'
import { type Item, number, optionalNumber, optionalText, strings, text } from './attributes.ts'
import { batchGet } from './batch.ts'
import { conditional, writeAll } from './conditional.ts'
import { queryItems } from './query.ts'
import { documentKey, isDocumentId, leaseKey, tallyPartition } from './record-keys.ts'
import { dueRecords, listRecords, parseRecord } from './record-list.ts'
import { saveOperations } from './record-writes.ts'

/**
 * The documents' records in one DynamoDB table. Everything but `due` is read with strong consistency. A record larger
 * than an item may be is refused with `document_too_large`.
 */
export function createDynamoRecords(client: DynamoDBDocumentClient, { table }: { table: string }): RecordBackend {
  async function get(key: Item): Promise<Item | undefined> {
    return (await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item
  }

  /** A tenant's tally; the whole of it is read in one query. */
  async function tally(tenant: string): Promise<Item[]> {
    const query = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': tallyPartition(tenant) },
    }
    return Array.fromAsync(queryItems(client, query, 100))
  }

  const sum = (items: readonly Item[], name: string) =>
    items.reduce((total, item) => total + (optionalNumber(item, name) ?? 0), 0)

  return {
    async load(tenant, id) {
      const item = isDocumentId(id) ? await get(documentKey(tenant, id, 'record')) : undefined
      return item && parseRecord(item)
    },
    async save(record, expected, { bumpEpoch, former }) {
      if ((former?.rev ?? 0) !== expected) return false
      const writeId = ulid()
      const failed = await writeAll(client, saveOperations(table, { record, former, bumpEpoch, writeId }))
      // A write whose answer was lost is tried again by the SDK, and then refused because of itself.
      return failed.every(({ old }) => old?.writeId?.S === writeId)
    },
    async active(tenant, ids) {
      const keys = [...new Set(ids)].filter(isDocumentId).map((id) => documentKey(tenant, id, 'active'))
      const items = (await batchGet(client, table, keys)).map(toActive)
      return new Map(items.map((item) => [item.id, item]))
    },
    list: (tenant, options) => listRecords(client, table, tenant, options),
    async counts(tenant) {
      const items = await tally(tenant)
      const counts: Partial<Record<DocumentStatus, number>> = {}
      for (const status of documentStatuses) {
        const documents = sum(items, status)
        if (documents > 0) counts[status] = documents
      }
      return counts
    },
    async epoch(tenant) {
      return sum(await tally(tenant), 'epoch')
    },
    due: (now, limit) => dueRecords(client, table, now, limit),
    async *all() {
      let from: Item | undefined
      do {
        const page = await client.send(
          new ScanCommand({
            TableName: table,
            ConsistentRead: true,
            FilterExpression: 'sk = :record AND begins_with(pk, :documents)',
            ExpressionAttributeValues: { ':record': 'record', ':documents': 'doc#' },
            ExclusiveStartKey: from,
          }),
        )
        for (const item of page.Items ?? []) yield parseRecord(item)
        from = page.LastEvaluatedKey
      } while (from !== undefined)
    },
    async putProgress({ tenant, path }, progress) {
      const key = documentKey(tenant, documentId({ tenant, path }), 'progress')
      await client.send(new PutCommand({ TableName: table, Item: { ...key, progress: JSON.stringify(progress) } }))
    },
    async progress({ tenant, path }) {
      const item = await get(documentKey(tenant, documentId({ tenant, path }), 'progress'))
      return item && JSON.parse(text(item, 'progress'))
    },
    async lease(name, holder, until, now) {
      const take = new UpdateCommand({
        TableName: table,
        Key: leaseKey(name),
        UpdateExpression: 'SET #holder = :holder, #until = :until',
        ConditionExpression: 'attribute_not_exists(pk) OR #holder = :holder OR #until <= :now',
        ExpressionAttributeNames: { '#holder': 'holder', '#until': 'until' },
        ExpressionAttributeValues: { ':holder': holder, ':until': until, ':now': now },
      })
      return (await conditional(() => client.send(take))).length === 0
    },
  }
}

function toActive(item: Item): ActiveItem {
  return {
    id: text(item, 'id'),
    attempt: optionalText(item, 'attempt'),
    groups: strings(item, 'groups'),
    incarnation: number(item, 'incarnation'),
    deleted: item.deleted === true,
  }
}
