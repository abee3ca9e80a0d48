import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Item } from './attributes.ts'

/** Pages grow while somebody reads on, up to what the service gives at once (1 MB). */
const growth = 4
const largest = 10_000

/** The items of a query in its order, read page by page as they are needed. `first` is the first page's size. */
export async function* queryItems(
  client: DynamoDBDocumentClient,
  query: Omit<QueryCommandInput, 'Limit' | 'ExclusiveStartKey'>,
  first: number,
): AsyncGenerator<Item> {
  let limit = Math.max(1, first)
  let from: Item | undefined
  do {
    const page = await client.send(new QueryCommand({ ...query, Limit: limit, ExclusiveStartKey: from }))
    yield* page.Items ?? []
    from = page.LastEvaluatedKey
    limit = Math.min(limit * growth, largest)
  } while (from !== undefined)
}

/** Several ordered lists as one; `compare` as for sorting. Their first pages are read at the same time. */
export async function* merged<T>(
  lists: readonly AsyncGenerator<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const heads = await Promise.all(lists.map(async (list) => ({ list, head: await list.next() })))
  while (true) {
    const left = heads.flatMap((entry) => (entry.head.done ? [] : [{ entry, value: entry.head.value }]))
    if (left.length === 0) return
    const least = left.reduce((a, b) => (compare(b.value, a.value) < 0 ? b : a))
    yield least.value
    least.entry.head = await least.entry.list.next()
  }
}

/** How many candidates are looked up at once, at most: one batch read. */
const maxBatch = 100

/**
 * Goes through candidates in their order, looks up what each one is now, and keeps what still holds, until there are
 * enough. So a page is full wherever there is enough to fill it, and shows nothing that has ceased to be.
 * @param lookUp what each candidate is now, in their order; undefined for those that do not hold any more
 */
export async function verified<C, T>(
  candidates: AsyncGenerator<C>,
  wanted: number,
  lookUp: (batch: readonly C[]) => Promise<readonly (T | undefined)[]>,
): Promise<T[]> {
  const found: T[] = []
  let done = false
  while (!done && found.length < wanted) {
    const batch: C[] = []
    while (batch.length < Math.min(maxBatch, wanted - found.length)) {
      const next = await candidates.next()
      if (next.done) {
        done = true
        break
      }
      batch.push(next.value)
    }
    if (batch.length > 0) for (const item of await lookUp(batch)) if (item !== undefined) found.push(item)
  }
  await candidates.return(undefined)
  return found
}
