import type { ActiveItem } from '../documents/document.ts'
import { isKassError, KassError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { DocumentStore } from '../ports/document-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { IndexQuery, SearchIndex } from '../ports/search-index.ts'
import { type Meter, silentMeter } from '../telemetry/meter.ts'
import { searchStage } from '../telemetry/stage.ts'
import { type FusedHit, fuse } from './fuse.ts'
import { type RerankOptions, rerank } from './rerank.ts'
import type { Reader, RetrievalQuery, Retrieved, RetrievedPassage, Retriever } from './types.ts'

/** How often hits that the record refuses are replaced from further down. */
const maxRounds = 3

interface AdmittedHit extends FusedHit {
  incarnation: number
}

export interface RetrieverOptions {
  documents: DocumentStore
  index: SearchIndex
  embedder?: Embedder
  /** Puts the best of the fused search into a better order; without one that order stands. */
  rerank?: RerankOptions
  /** Hits that each of the two queries gives. */
  depth: number
  logger: Logger
  /** Nothing is measured when left out. */
  meter?: Meter
}

/** Whether a document may be shown to a reader, by its record alone. */
export function admits(item: Pick<ActiveItem, 'groups' | 'deleted'>, reader: Reader): boolean {
  if (item.deleted) return false
  const { groups } = reader
  return groups === undefined || item.groups.length === 0 || item.groups.some((group) => groups.includes(group))
}

/**
 * Query to ranked passages. The index is only believed after each hit was checked against its document's record: a
 * lagging index, a duplicate after a crash, a deletion and narrowed rights cannot show.
 */
export function createRetriever(options: RetrieverOptions): Retriever {
  const { documents, index, embedder, depth, logger, meter = silentMeter } = options

  async function plan(query: RetrievalQuery, signal: AbortSignal) {
    if (query.mode === 'text') return { mode: 'text' as const }
    if (!embedder) {
      if (query.mode === 'vector') throw new KassError('embedder_not_configured')
      return { mode: 'text' as const, notice: 'Searched by text only: no embedder is configured (EMBEDDER=none).' }
    }
    try {
      const [values] = await searchStage(meter, 'embed', () => embedder.embed([query.query], 'query', signal))
      if (!values) throw new KassError('model_failed', { detail: 'The embedder gave no vector for the query.' })
      return { mode: query.mode, vector: { embedder: embedder.id, values } }
    } catch (error) {
      if (query.mode === 'vector' || signal.aborted || !isKassError(error)) throw error
      logger.warn({ code: error.code, model: embedder.id }, 'query could not be embedded')
      return {
        mode: 'text' as const,
        notice: `Searched by text only: the query could not be embedded (${error.code}).`,
      }
    }
  }

  /** Raw text scores count words in documents that a reader may not see; those of vectors compare two texts only. */
  function shown(reader: Reader, { text, vector }: FusedHit['scores']): FusedHit['scores'] {
    if (reader.groups !== undefined) return {}
    return {
      ...(text !== undefined && !index.sharesStatistics && { text }),
      ...(vector !== undefined && { vector }),
    }
  }

  async function admitted<T extends FusedHit>(reader: Reader, hits: readonly T[]): Promise<(T & AdmittedHit)[]> {
    const ids = [...new Set(hits.map((hit) => hit.documentId))]
    const items = await searchStage(meter, 'admit', () => documents.active(reader.tenant, ids))
    const live: (T & AdmittedHit)[] = []
    for (const hit of hits) {
      const item = items.get(hit.documentId)
      if (item?.attempt !== hit.attempt || !admits(item, reader)) continue
      live.push({ ...hit, scores: shown(reader, hit.scores), incarnation: item.incarnation })
    }
    return live
  }

  async function read(hits: readonly AdmittedHit[]): Promise<RetrievedPassage[]> {
    const passages = await searchStage(meter, 'read', () => index.passages(hits.map((hit) => hit.key)))
    const found: RetrievedPassage[] = []
    for (const { key, score, scores, incarnation } of hits) {
      const passage = passages.get(key)
      if (passage) found.push({ ...passage, score, scores, incarnation })
    }
    return found
  }

  /** The best passages that the reader may see, in the order of their hits; equal ones once. */
  async function best(reader: Reader, ranked: readonly FusedHit[], wanted: number): Promise<RetrievedPassage[]> {
    const hits: RetrievedPassage[] = []
    const known = new Set<string>()
    const window = Math.max(2 * wanted, 20)
    for (let round = 0; round < maxRounds && hits.length < wanted; round++) {
      const candidates = ranked.slice(round * window, (round + 1) * window)
      if (candidates.length === 0) break
      const live = await admitted(reader, candidates)
      // Texts are read only for as many as are still missing; equal ones make it go on.
      for (let next = 0; next < live.length && hits.length < wanted; ) {
        const missing = live.slice(next, next + wanted - hits.length)
        next += missing.length
        for (const passage of await read(missing)) {
          if (known.has(passage.hash)) continue
          known.add(passage.hash)
          hits.push(passage)
        }
      }
    }
    return hits
  }

  return {
    search: (reader, query, signal) =>
      searchStage(meter, 'total', () => find(reader, query, signal), { 'kass.search.mode': query.mode }),
  }

  async function find(reader: Reader, query: RetrievalQuery, signal: AbortSignal): Promise<Retrieved> {
    const { mode, notice, vector } = await plan(query, signal)
    const asked: IndexQuery = {
      tenant: reader.tenant,
      groups: reader.groups,
      filters: query.filters,
      depth: Math.max(depth, query.limit),
      ...(mode !== 'vector' && { text: query.query }),
      ...(vector && { vector }),
    }
    const { text, vector: near } = await searchStage(meter, 'index', () => index.search(asked, signal))
    const ranked = fuse(text, near)
    const reranking = options.rerank
    if (reranking === undefined) {
      const hits = await best(reader, ranked, query.limit)
      return { hits, mode, ...(notice !== undefined && { notice }) }
    }
    const candidates = await best(reader, ranked, Math.max(reranking.depth, query.limit))
    const { passages, failure } = await searchStage(meter, 'rerank', () =>
      rerank(reranking, query.query, candidates, { signal, logger }),
    )
    const unranked =
      failure && `Found passages are in the order of the search: they could not be reranked (${failure}).`
    // Reranking takes long enough for a document to be deleted or hidden meanwhile.
    const live = await admitted(reader, passages)
    const notices = [notice, unranked].filter((one) => one !== undefined)
    return {
      hits: live.slice(0, query.limit),
      mode,
      reranked: failure === undefined,
      ...(notices.length > 0 && { notice: notices.join(' ') }),
    }
  }
}
