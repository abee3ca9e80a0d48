import type { Metadata } from '../../documents/document.ts'
import type { AttemptInfo, IndexQuery, SearchFilters } from '../../ports/search-index.ts'

type Filterable = Pick<AttemptInfo, 'documentId' | 'path' | 'contentType' | 'groups' | 'tags' | 'metadata'>

function admitsMetadata(metadata: Metadata, wanted: NonNullable<SearchFilters['metadata']>): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    if (!Object.hasOwn(metadata, key)) return false
    const found = metadata[key]
    return Array.isArray(value) ? value.some((one) => one === found) : value === found
  })
}

/** Whether a query's rights and filters admit the chunks of an attempt; undefined when they admit all of the tenant. */
export function admission(query: Pick<IndexQuery, 'groups' | 'filters'>): ((info: Filterable) => boolean) | undefined {
  const { groups, filters = {} } = query
  const { path, tags, metadata } = filters
  const mayGroups = groups && new Set(groups)
  const ids = filters.document_ids && new Set(filters.document_ids)
  const types = filters.types && new Set(filters.types)
  if (!mayGroups && !ids && !types && !path && !tags && !metadata) return undefined
  return (info) =>
    (!mayGroups || info.groups.length === 0 || info.groups.some((group) => mayGroups.has(group))) &&
    (!ids || ids.has(info.documentId)) &&
    (!types || types.has(info.contentType)) &&
    (!path || info.path.startsWith(path)) &&
    (!tags || tags.every((tag) => info.tags.includes(tag))) &&
    (!metadata || admitsMetadata(info.metadata, metadata))
}
