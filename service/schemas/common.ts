import { Type } from 'typebox'
import { attributeLimits } from '../../shared/documents/attributes.ts'
import type { Metadata } from '../../shared/documents/document.ts'
import { maxPathBytes } from '../../shared/documents/identity.ts'
import type { SearchFilters } from '../../shared/ports/search-index.ts'

const strict = { additionalProperties: false } as const

/** One of some texts. */
export const oneOf = <T extends string>(values: readonly T[], options: { description?: string; examples?: T[] } = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...options })

/** An instant, as ISO 8601 in UTC. */
export const Time = (description?: string) => Type.String({ format: 'date-time', description })

/** Milliseconds since 1970 as a response shows them. */
export const toTime = (ms: number): string => new Date(ms).toISOString()

const value = { anyOf: [{ type: 'string', maxLength: 2048 }, { type: 'number' }, { type: 'boolean' }] }

/** What callers may send; the total size is checked where it is known. */
export const MetadataInput = Type.Unsafe<Metadata>({
  type: 'object',
  description: `A flat map of texts, numbers and booleans, at most ${attributeLimits.metadataBytes} bytes as JSON.`,
  maxProperties: attributeLimits.keys,
  additionalProperties: value,
})

export const MetadataOutput = Type.Unsafe<Metadata>({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
})

/** A list of short texts: groups, tags. */
export const Names = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: attributeLimits.name }), {
    description,
    maxItems: attributeLimits.names,
  })

/** How many results at most. */
export const Limit = (fallback: number, maximum = 50) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description: `At most so many; ${fallback} when left out.` }))

/** Entries of a page when the caller does not say. */
export const pageSize = 50
export const PageLimit = Limit(pageSize, 200)

/** The query of a list that comes in pages. */
export const PageQuery = Type.Object(
  {
    limit: PageLimit,
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'The `cursor` of the page before; none for the first.',
      }),
    ),
  },
  strict,
)

export const NextCursor = Type.Optional(Type.String({ description: 'Where the next page begins; absent on the last.' }))

export const IdParams = Type.Object({ id: Type.String({ minLength: 1 }) })

const filterNames = (description: string, maxItems: number) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems, description }))

export const FiltersSchema = Type.Object(
  {
    document_ids: filterNames('Only in these documents.', 100),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: maxPathBytes,
        description: 'Only in documents whose path begins with this.',
      }),
    ),
    types: filterNames('Only in documents of these content types, for example `text/csv`.', 32),
    tags: filterNames('Only in documents that have all of these tags.', attributeLimits.names),
    metadata: Type.Optional(
      Type.Unsafe<NonNullable<SearchFilters['metadata']>>({
        type: 'object',
        description: 'Only in documents whose metadata has exactly this value, or one of these, under each key.',
        maxProperties: attributeLimits.keys,
        additionalProperties: { anyOf: [...value.anyOf, { type: 'array', items: value, minItems: 1, maxItems: 50 }] },
      }),
    ),
  },
  { ...strict, description: 'Narrows down where is searched. Everything given must hold.' },
)

/** Text in the form that everything stored has: well-formed and NFC, in every string of a JSON value. */
export function normalized<T>(json: T): T
export function normalized(json: unknown): unknown {
  if (typeof json === 'string') return json.toWellFormed().normalize('NFC')
  if (Array.isArray(json)) return json.map((entry) => normalized(entry))
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([key, entry]) => [normalized(key), normalized(entry)]))
}
