import { KassError } from '../../errors.ts'
import { createAnalyzer } from '../../text/analyze.ts'
import { errorType, isObject, objectIn } from './answers.ts'
import { indexBody, templateBody, vectorProperties } from './mapping.ts'
import type { OpenSearchOptions } from './options.ts'
import { createRequests, type Requests } from './requests.ts'
import { vectorField } from './vectors.ts'

/** Sees to it that the index is there, as it should be. */
export interface Provision {
  /** Makes the index, and a field for vectors of each of these dimensions, where they are missing. */
  ensure(dimensions: readonly number[]): Promise<void>
  /** Whether there is an index with a field for vectors of so many dimensions. */
  hasVectors(dimensions: number, signal?: AbortSignal): Promise<boolean>
  /** @throws KassError not_ready when the index was made for another language */
  check(): Promise<void>
  /** The index is not as it was: what is known of it is looked up again. */
  forget(): void
}

export function createProvision(requests: Requests, options: OpenSearchOptions, analyzer: string): Provision {
  const { index, logger } = options
  const path = `/${encodeURIComponent(index)}`
  const known = new Set<number>()
  let made: Promise<void> | undefined
  let seen = false

  /** Learns what the index has; false when there is none. */
  async function learn(how: { signal?: AbortSignal; hasty?: boolean } = {}): Promise<boolean> {
    const { status, body } = await requests.send({ method: 'GET', path: `${path}/_mapping`, accept: [404], ...how })
    if (status === 404) return false
    // An alias answers with the name of the index behind it.
    const mappings = objectIn(objectIn(Object.values(body)[0], 'index').mappings, 'mappings')
    const { properties, _meta } = mappings
    for (const field of Object.values(isObject(properties) ? properties : {})) {
      if (isObject(field) && field.type === 'knn_vector' && typeof field.dimension === 'number') {
        known.add(field.dimension)
      }
    }
    compare(isObject(_meta) ? _meta.analyzer : undefined)
    seen = true
    return true
  }

  /** Words of another language's stems are never found. Those of older rules mostly are, until `reindex` redoes them. */
  function compare(made: unknown): void {
    if (made === analyzer) return
    const [language] = typeof made === 'string' ? made.split('/') : []
    if (language !== options.language) {
      throw new KassError('not_ready', {
        detail: `The index ${index} was not made for SEARCH_LANGUAGE=${options.language}: set OPENSEARCH_INDEX to a new name.`,
      })
    }
    if (!seen) logger.warn({ index, made, analyzer }, 'the words of this index were made by other rules: reindex')
  }

  async function make(): Promise<void> {
    if (await learn()) return
    const template = `/_index_template/${encodeURIComponent(index)}`
    await requests.send({ method: 'PUT', path: template, body: templateBody(options, analyzer) })
    const body = indexBody(options, analyzer)
    const answer = await requests.send({ method: 'PUT', path, body: { ...body }, accept: [400] })
    if (answer.status === 400 && errorType(answer.body) !== 'resource_already_exists_exception') {
      throw refused(answer.body)
    }
    if (!(await learn())) throw new KassError('search_unavailable', { retryAfterMs: 1000 })
  }

  async function addVectors(dimensions: number): Promise<void> {
    const body = { properties: vectorProperties([dimensions], options) }
    const answer = await requests.send({ method: 'PUT', path: `${path}/_mapping`, body, accept: [400] })
    await learn()
    if (!known.has(dimensions)) throw refused(answer.body)
    logger.info({ index, field: vectorField(dimensions) }, 'a field for vectors was added')
  }

  const refused = (cause: unknown) =>
    new KassError('internal', {
      detail: `The index ${index} could not be made.`,
      cause: new Error(JSON.stringify(cause)),
    })

  return {
    async ensure(dimensions) {
      made ??= make()
      try {
        await made
      } catch (error) {
        made = undefined
        throw error
      }
      for (const one of dimensions) if (!known.has(one)) await addVectors(one)
    },
    async hasVectors(dimensions, signal) {
      if (!known.has(dimensions)) await learn(signal && { signal })
      return known.has(dimensions)
    },
    async check() {
      if (!seen) await learn({ hasty: true })
    },
    forget() {
      known.clear()
      made = undefined
      seen = false
    },
  }
}

/**
 * Makes index and template before anybody writes, and what the configured embedder needs in it. Doing so twice, or in
 * several processes at once, is like once.
 * @throws KassError search_*, not_ready (made for another language), internal (refused)
 */
export async function prepareIndex(options: OpenSearchOptions): Promise<void> {
  const requests = createRequests(options)
  try {
    await createProvision(requests, options, createAnalyzer(options.language).id).ensure(options.dimensions)
  } finally {
    await requests.close()
  }
}
