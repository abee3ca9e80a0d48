import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Item } from './attributes.ts'
import { backOff } from './backoff.ts'

export type Key = { pk: string; sk: string }

/** What the service takes in one call. */
const maxGets = 100
const maxWrites = 25

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))
}

/**
 * The items under these keys, strongly consistent and in no order; what is not there is left out. Each key once.
 * @throws KassError storage_throttled when the service keeps leaving keys for later
 */
export async function batchGet(client: DynamoDBDocumentClient, table: string, keys: readonly Key[]): Promise<Item[]> {
  const pages = await Promise.all(chunks(keys, maxGets).map((chunk) => getChunk(client, table, chunk)))
  return pages.flat()
}

/** More than 16 MB, or too much at once for the table, leaves some keys for the next call. */
async function getChunk(client: DynamoDBDocumentClient, table: string, keys: Key[]): Promise<Item[]> {
  const found: Item[] = []
  let left: Item[] = keys
  for (let tries = 1; ; tries++) {
    const request = { [table]: { Keys: left, ConsistentRead: true } }
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems: request }))
    found.push(...(Responses?.[table] ?? []))
    const unread = UnprocessedKeys?.[table]?.Keys ?? []
    if (unread.length === 0) return found
    if (unread.length < left.length) tries = 1
    left = unread
    await backOff(tries)
  }
}

/**
 * Removes items; those that are not there are no error. Not atomic.
 * @throws KassError storage_throttled when the service keeps leaving keys for later
 */
export async function batchDelete(client: DynamoDBDocumentClient, table: string, keys: readonly Key[]): Promise<void> {
  for (const chunk of chunks(keys, maxWrites)) {
    let left: { DeleteRequest: { Key: Item } }[] = chunk.map((key) => ({ DeleteRequest: { Key: key } }))
    for (let tries = 1; left.length > 0; tries++) {
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }))
      const unwritten = (UnprocessedItems?.[table] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? [{ DeleteRequest: { Key: DeleteRequest.Key } }] : [],
      )
      if (unwritten.length === 0) break
      if (unwritten.length < left.length) tries = 1
      left = unwritten
      await backOff(tries)
    }
  }
}
