import type { SearchIndex } from '../../ports/search-index.ts'
import { isObject, type JsonObject, numberIn, objectIn, objectsIn, textIn, whole } from './answers.ts'
import type { OpenSearchOptions } from './options.ts'
import type { Requests } from './requests.ts'

/** Buckets in one answer. */
const attemptsAtOnce = 1_000
const ordinalsAtOnce = 10_000

interface Bucket {
  key: JsonObject
  chunks: number
  /** The largest ordinal, where it was asked for. */
  last: number | undefined
}

interface CensusParts {
  requests: Requests
  options: Pick<OpenSearchOptions, 'dialect' | 'index'>
  /** Makes what was written visible, where that is possible. */
  refresh(): Promise<void>
}

/** What is there, and how much of it. A collection may hold copies of one key; they count once. */
export function createCensus({ requests, options, refresh }: CensusParts): Pick<SearchIndex, 'count' | 'attempts'> {
  const path = `/${encodeURIComponent(options.index)}`
  const hasCopies = options.dialect === 'serverless'

  /** Every combination of values that documents have, a page at a time. */
  async function* buckets(fields: readonly string[], size: number, query: JsonObject, inside?: JsonObject) {
    const sources = fields.map((field) => ({ [field]: { terms: { field } } }))
    for (let after: JsonObject | undefined; ; ) {
      const composite = { size, sources, ...(after && { after }) }
      const body = {
        size: 0,
        track_total_hits: false,
        query,
        aggs: { each: { composite, ...(inside && { aggs: inside }) } },
      }
      const answer = await requests.send({ method: 'POST', path: `${path}/_search`, body, accept: [404] })
      if (answer.status === 404) return
      whole(answer.body)
      const each = objectIn(objectIn(answer.body.aggregations, 'aggregations').each, 'aggregation')
      const found = objectsIn(each.buckets, 'buckets').map(bucketOf)
      yield found
      after = found.length < size || !isObject(each.after_key) ? undefined : each.after_key
      if (!after) return
    }
  }

  async function distinct(attempt: string): Promise<number> {
    let count = 0
    for await (const found of buckets(['ordinal'], ordinalsAtOnce, { term: { attempt } })) count += found.length
    return count
  }

  return {
    async count(attempt) {
      if (hasCopies) return distinct(attempt)
      await refresh()
      const body = { query: { term: { attempt } } }
      const answer = await requests.send({ method: 'POST', path: `${path}/_count`, body, accept: [404] })
      if (answer.status === 404) return 0
      whole(answer.body)
      return numberIn(answer.body.count, 'count')
    },
    async *attempts() {
      await refresh()
      const inside = hasCopies ? { last: { max: { field: 'ordinal' } } } : undefined
      const fields = ['attempt', 'tenant', 'documentId']
      for await (const found of buckets(fields, attemptsAtOnce, { match_all: {} }, inside)) {
        for (const { key, chunks, last } of found) {
          const attempt = textIn(key.attempt, 'attempt')
          // As many as the ordinals go up to: no copies. Otherwise they are counted one by one.
          const sure = last === undefined || chunks === last + 1
          yield {
            attempt,
            tenant: textIn(key.tenant, 'tenant'),
            documentId: textIn(key.documentId, 'document'),
            chunks: sure ? chunks : await distinct(attempt),
          }
        }
      }
    },
  }
}

function bucketOf(bucket: JsonObject): Bucket {
  const { value } = isObject(bucket.last) ? bucket.last : {}
  return {
    key: objectIn(bucket.key, 'key of a bucket'),
    chunks: numberIn(bucket.doc_count, 'size of a bucket'),
    last: typeof value === 'number' ? value : undefined,
  }
}
