import type { SearchIndex } from '../../ports/search-index.ts'
import { createAnalyzer } from '../../text/analyze.ts'
import { ulid } from '../../ulid.ts'
import { whole } from './answers.ts'
import { createBulk, type Operation } from './bulk.ts'
import { createCensus } from './census.ts'
import { documentOf, keyOf } from './documents.ts'
import { type OpenSearchOptions, visibilityOf } from './options.ts'
import { createProvision } from './provision.ts'
import { createReader } from './reader.ts'
import { createRefresh } from './refresh.ts'
import { createDomainRemoval, createServerlessRemoval } from './removal.ts'
import { createRequests } from './requests.ts'
import { createSearch } from './search.ts'

/**
 * A search index in OpenSearch. Every verb fails with a coded error (`search_unavailable`, `search_throttled`,
 * `search_timeout`: may pass; `internal`: refused) within `timeoutMs` a call. Whoever writes first makes the index; one
 * that is not there has nothing in it.
 */
export function createOpenSearchIndex(
  options: OpenSearchOptions,
): SearchIndex & { prepare(): Promise<void>; close(): Promise<void> } {
  const { dialect, index, space } = options
  const isDomain = dialect === 'domain'
  const path = `/${encodeURIComponent(index)}`
  const analyzer = createAnalyzer(options.language)
  const requests = createRequests(options)
  const provision = createProvision(requests, options, analyzer.id)
  const bulk = createBulk(requests, options)
  const refresh = createRefresh(async () => {
    if (isDomain) await requests.send({ method: 'POST', path: `${path}/_refresh`, accept: [404] })
  })
  const parts = { requests, options }
  const removal = isDomain ? createDomainRemoval(parts, refresh) : createServerlessRemoval(parts, bulk)

  return {
    visibilityMs: visibilityOf(options),
    sharesStatistics: true,
    async put(info, chunks) {
      if (chunks.length === 0) return
      const dimensions = [...new Set(chunks.flatMap(({ vector }) => (vector ? [vector.length] : [])))]
      await provision.ensure(dimensions)
      const operations = function* (): Iterable<Operation> {
        for (const chunk of chunks) {
          const name = keyOf(info.attempt, chunk.ordinal)
          // A domain takes our key for an id, so that a second put changes nothing; a collection wants to give its own.
          const action = isDomain ? { create: { _id: name } } : { index: {} }
          const source = documentOf(info, chunk, { analyzer, space, ...(!isDomain && { uid: ulid() }) })
          yield { name, action, source }
        }
      }
      const ids = await bulk.write(operations(), async () => {
        provision.forget()
        await provision.ensure(dimensions)
      })
      removal.written(info.attempt, ids)
    },
    remove: removal.remove,
    ...createCensus({ ...parts, refresh }),
    ...createReader(requests, index),
    ...createSearch({ requests, provision, analyzer, options }),
    prepare: () => provision.ensure(options.dimensions),
    async ready() {
      await provision.check()
      const body = { size: 0, track_total_hits: false, query: { match_none: {} } }
      const answer = await requests.send({ method: 'POST', path: `${path}/_search`, body, accept: [404], hasty: true })
      if (answer.status !== 404) whole(answer.body)
    },
    close: requests.close,
  }
}
