import type { Metadata } from '../../documents/document.ts'
import type { IndexQuery, SearchFilters } from '../../ports/search-index.ts'
import type { JsonObject } from './answers.ts'

/** No group can have this name: who may read a document that is for everyone. */
const everyone = ''

/** The groups that a document is for, as they are indexed. */
export const audienceOf = (groups: readonly string[]): string[] => (groups.length === 0 ? [everyone] : [...groups])

/** One line of the metadata as one term: `["year",2024]` is not `["year","2024"]`. */
export const fact = (key: string, value: Metadata[string]): string => JSON.stringify([key, value])

export const factsOf = (metadata: Metadata): string[] =>
  Object.entries(metadata).map(([key, value]) => fact(key, value))

/** What is for one of these groups, or for everyone. */
export const readableBy = (groups: readonly string[]): JsonObject => ({ terms: { audience: [everyone, ...groups] } })

function* clauses(filters: SearchFilters): Iterable<JsonObject> {
  if (filters.document_ids) yield { terms: { documentId: filters.document_ids } }
  if (filters.path) yield { prefix: { path: { value: filters.path } } }
  if (filters.types) yield { terms: { contentType: filters.types } }
  for (const tag of filters.tags ?? []) yield { term: { tags: tag } }
  for (const [key, value] of Object.entries(filters.metadata ?? {})) {
    const wanted = typeof value === 'object' ? value : [value]
    yield { terms: { facts: wanted.map((one) => fact(key, one)) } }
  }
}

/** The tenant, the caller's rights and the filters, as clauses that must all hold. */
export function filterOf(query: Pick<IndexQuery, 'tenant' | 'groups' | 'filters'>): JsonObject[] {
  return [
    { term: { tenant: query.tenant } },
    ...(query.groups ? [readableBy(query.groups)] : []),
    ...clauses(query.filters ?? {}),
  ]
}
