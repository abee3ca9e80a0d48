import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { DocumentRecord } from '../../documents/document.ts'
import { maxPathBytes } from '../../documents/identity.ts'
import { KassError } from '../../errors.ts'
import type { ListDocuments, Page } from '../../ports/document-store.ts'
import { type Item, strings, text } from './attributes.ts'
import { batchGet } from './batch.ts'
import { textCursor, toCursor } from './cursor.ts'
import { byBytes, shardsOf } from './keys.ts'
import { merged, queryItems, verified } from './query.ts'
import { documentKey, dueShards, listPartitions } from './record-keys.ts'
import { dueIndex } from './tables.ts'

/** Below and above every character that a path can have. */
const beforeAll = '\u0001'
const afterAll = '\u{10ffff}'

interface Candidate {
  tenant: string
  id: string
}

/** The records of candidates as they are now, in their order. */
async function recordsOf(client: DynamoDBDocumentClient, table: string, candidates: readonly Candidate[]) {
  const keys = candidates.map(({ tenant, id }) => documentKey(tenant, id, 'record'))
  const items = await batchGet(client, table, keys)
  const records = new Map(items.map((item) => [text(item, 'pk'), parseRecord(item)]))
  return keys.map(({ pk }) => records.get(pk))
}

/** The record that an item holds. */
export function parseRecord(item: Item): DocumentRecord {
  return JSON.parse(text(item, 'record'))
}

/**
 * A page of a tenant's documents by path (in the order of their UTF-8 bytes): the shards' lists, merged; filtered by
 * what the entries say, then by what the records say.
 * @throws KassError invalid_cursor
 */
export async function listRecords(
  client: DynamoDBDocumentClient,
  table: string,
  tenant: string,
  { prefix = '', status, groups, cursor, limit }: ListDocuments,
): Promise<Page<DocumentRecord>> {
  const list = ['documents', tenant]
  const after = textCursor(list, cursor)
  if (after !== undefined && Buffer.byteLength(after) > maxPathBytes) {
    throw new KassError('invalid_cursor', { place: 'cursor' })
  }
  if (!prefix.isWellFormed() || Buffer.byteLength(prefix) > maxPathBytes) return { items: [] }
  const lowest = prefix === '' ? beforeAll : prefix
  // What follows a path directly, as no path has control characters.
  const from = after === undefined || byBytes(after, lowest) < 0 ? lowest : `${after}\u0001`
  const to = `${prefix}${afterAll}`
  if (byBytes(from, to) > 0) return { items: [] }

  const held = groups && new Set(groups)
  const admits = (entry: { status: unknown; groups: readonly string[] }) =>
    (status === undefined ? entry.status !== 'gone' : entry.status === status) &&
    (!held || entry.groups.length === 0 || entry.groups.some((group) => held.has(group)))
  const filtered = status !== undefined || held !== undefined
  const partitions = listPartitions(tenant, status)
  const first = filtered ? 250 : Math.ceil((2 * (limit + 1)) / partitions.length)
  const entries = partitions.map((pk) => {
    const query = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
    }
    return queryItems(client, query, first)
  })
  async function* candidates(): AsyncGenerator<Candidate> {
    for await (const entry of merged(entries, (a, b) => byBytes(text(a, 'sk'), text(b, 'sk')))) {
      if (admits({ status: entry.status, groups: strings(entry, 'groups') })) yield { tenant, id: text(entry, 'id') }
    }
  }
  const found = await verified(candidates(), limit + 1, async (batch) => {
    const records = await recordsOf(client, table, batch)
    return records.map((record) => (record && admits(record) ? record : undefined))
  })
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length > limit && last ? { items, cursor: toCursor(list, last.path) } : { items }
}

/**
 * Documents whose `dueAt` has passed, most overdue first. The index may lag: what it shows is checked against the
 * records, and what it does not show yet is found by the next sweep.
 */
export async function dueRecords(
  client: DynamoDBDocumentClient,
  table: string,
  now: number,
  limit: number,
): Promise<DocumentRecord[]> {
  const waiting = shardsOf(dueShards).map((shard) => {
    const query = {
      TableName: table,
      IndexName: dueIndex.name,
      KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
      ExpressionAttributeValues: { ':shard': shard, ':now': now },
    }
    return queryItems(client, query, Math.ceil((2 * limit) / dueShards))
  })
  async function* candidates(): AsyncGenerator<Candidate> {
    for await (const item of merged(waiting, (a, b) => Number(a.dueAt) - Number(b.dueAt))) {
      const [, tenant, id] = text(item, 'pk').split('#')
      if (tenant !== undefined && id !== undefined) yield { tenant, id }
    }
  }
  const isDue = (record: DocumentRecord | undefined) => record?.dueAt !== undefined && record.dueAt <= now
  const found = await verified(candidates(), limit, async (batch) =>
    (await recordsOf(client, table, batch)).map((record) => (isDue(record) ? record : undefined)),
  )
  return found.sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
}
