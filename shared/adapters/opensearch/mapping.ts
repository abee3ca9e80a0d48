import type { JsonObject } from './answers.ts'
import type { OpenSearchOptions } from './options.ts'
import { vectorField } from './vectors.ts'

type MappingOptions = Pick<
  OpenSearchOptions,
  'dialect' | 'index' | 'engine' | 'space' | 'shards' | 'replicas' | 'dimensions'
>

const keyword = { type: 'keyword' }

/** A field for vectors: a graph of small worlds (HNSW), by the engine and space that are configured. */
export function vectorMapping(dimensions: number, { engine, space }: Pick<MappingOptions, 'engine' | 'space'>) {
  const method = { name: 'hnsw', space_type: space, ...(engine !== 'provider' && { engine }) }
  return { type: 'knn_vector', dimension: dimensions, method }
}

/** Properties for vectors of these dimensions. */
export function vectorProperties(dimensions: readonly number[], options: MappingOptions): JsonObject {
  return Object.fromEntries(dimensions.map((one) => [vectorField(one), vectorMapping(one, options)]))
}

/** What an index is made with. `analyzer` is the id of the rules by which its words were made. */
export function indexBody(options: MappingOptions, analyzer: string): { settings: JsonObject; mappings: JsonObject } {
  const { dialect, shards, replicas } = options
  const ofDomain = { number_of_shards: shards, number_of_replicas: replicas, refresh_interval: '1s' }
  return {
    settings: { index: { knn: true, ...(dialect === 'domain' && ofDomain) } },
    mappings: {
      // A field that nobody foresaw is a mistake; vectors would become plain numbers.
      dynamic: 'strict',
      // Both can be made again from the passage, and would be most of what is stored.
      _source: { excludes: ['words', 'vector_*'] },
      _meta: { analyzer },
      properties: {
        key: keyword,
        attempt: keyword,
        ordinal: { type: 'long' },
        /** Different for every copy that was written, so that copies can be listed in pages. */
        uid: { type: 'keyword', index: false },
        tenant: keyword,
        documentId: keyword,
        path: keyword,
        contentType: keyword,
        audience: keyword,
        tags: keyword,
        facts: keyword,
        /** Of the vector; absent where there is none. */
        embedder: keyword,
        // Terms of our own analyzer: BM25 needs their frequencies and no positions.
        words: { type: 'text', analyzer: 'whitespace', index_options: 'freqs' },
        passage: { type: 'object', enabled: false },
        embedding: { type: 'binary' },
        ...vectorProperties(options.dimensions, options),
      },
    },
  }
}

/** The template for an index of this name. */
export function templateBody(options: MappingOptions, analyzer: string): JsonObject {
  return { index_patterns: [options.index], priority: 500, template: indexBody(options, analyzer) }
}
