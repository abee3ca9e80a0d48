/** What a call to DynamoDB is billed as, from what was asked for (docs: read and write request units, on demand). */

const writeUnitBytes = 1024

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Bytes of an item, nearly: its JSON without the quotes and braces would be a little less. */
function sizeOf(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(item) ?? '')
}

/** One write of an item, its entry in the index included. What an update makes of an item is taken for 1 KB at most. */
function written(operation: Record<string, unknown>): number {
  const { Item } = operation
  const indexed = isRecord(Item) && 'dueShard' in Item
  // A changed key of an index is one removal and one entry.
  return Math.max(1, Math.ceil(sizeOf(Item ?? {}) / writeUnitBytes)) + (indexed ? 2 : 0)
}

/** Write request units; a transaction costs twice. */
export function writeUnits(action: string, input: unknown): number {
  if (!isRecord(input)) return 0
  if (action === 'PutItem' || action === 'UpdateItem' || action === 'DeleteItem') return written(input)
  if (action === 'TransactWriteItems') {
    const parts = list(input.TransactItems).filter(isRecord).flatMap(Object.values).filter(isRecord)
    return parts.reduce((sum, part) => sum + 2 * written(part), 0)
  }
  if (action === 'BatchWriteItem' && isRecord(input.RequestItems)) {
    return Object.values(input.RequestItems).reduce((sum: number, requests) => sum + list(requests).length, 0)
  }
  return 0
}

/**
 * Read request units of a call that names its items, each of which is taken for 4 KB at most; undefined for queries and
 * scans, which are billed by what they read: see `unitsOfAnswer`.
 */
export function readUnits(action: string, input: unknown): number | undefined {
  if (!isRecord(input)) return 0
  if (action === 'Query' || action === 'Scan') return undefined
  if (action === 'GetItem') return input.ConsistentRead === true ? 1 : 0.5
  if (action !== 'BatchGetItem' || !isRecord(input.RequestItems)) return 0
  return Object.values(input.RequestItems).reduce((sum: number, request) => {
    if (!isRecord(request)) return sum
    return sum + list(request.Keys).length * (request.ConsistentRead === true ? 1 : 0.5)
  }, 0)
}

/** Read request units of a query or scan, by the bytes of its answer; ours are strongly consistent. */
export function unitsOfAnswer(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 4096))
}
