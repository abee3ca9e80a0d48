import { KassError } from '../../errors.ts'
import type { IndexHit, IndexQuery, SearchIndex } from '../../ports/search-index.ts'
import type { Analyzer } from '../../text/analyze.ts'
import { errorType, isObject, type JsonObject, objectsIn } from './answers.ts'
import { filterOf } from './filters.ts'
import type { OpenSearchOptions } from './options.ts'
import type { Provision } from './provision.ts'
import { isCut, mostHits, type Ranking, rankedHits, textRanking, vectorRanking } from './ranking.ts'
import type { Requests } from './requests.ts'
import { indexed } from './vectors.ts'
import { queryWords } from './words.ts'

interface SearchParts {
  requests: Requests
  provision: Provision
  analyzer: Analyzer
  options: Pick<OpenSearchOptions, 'dialect' | 'index' | 'space'>
}

/** Both queries of a search: in one `_msearch` on a domain, side by side on a collection, which does not know that. */
export function createSearch({ requests, provision, analyzer, options }: SearchParts): Pick<SearchIndex, 'search'> {
  const path = `/${encodeURIComponent(options.index)}`

  async function one(body: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    const answer = await requests.send({ method: 'POST', path: `${path}/_search`, body, signal, accept: [400, 404] })
    return answer.body
  }

  async function together(bodies: readonly JsonObject[], signal: AbortSignal | undefined): Promise<JsonObject[]> {
    const lines = bodies.map((body) => `{}\n${JSON.stringify(body)}\n`).join('')
    const { body } = await requests.send({ method: 'POST', path: `${path}/_msearch`, lines, signal, accept: [404] })
    if (errorType(body) === indexMissing) return bodies.map(() => body)
    return objectsIn(body.responses, 'responses')
  }

  function firstRound(rankings: readonly Ranking[], signal: AbortSignal | undefined): Promise<JsonObject[]> {
    const bodies = rankings.map((ranking) => ranking.body(ranking.firstSize))
    if (options.dialect === 'domain' && bodies.length > 1) return together(bodies, signal)
    return Promise.all(bodies.map((body) => one(body, signal)))
  }

  /** The hits of one query; asks again for more where what came back may have been cut among equals. */
  async function complete(ranking: Ranking, first: JsonObject | undefined, signal?: AbortSignal): Promise<IndexHit[]> {
    let answer = first
    for (let size = ranking.firstSize; answer; size = Math.min(mostHits, size * 4)) {
      if (size > ranking.firstSize) answer = await one(ranking.body(size), signal)
      if (errorType(answer) !== undefined) {
        if (await nothingThere(answer, ranking, signal)) return []
        throw failure(answer)
      }
      const hits = rankedHits(answer, ranking)
      if (!isCut(hits, ranking, size)) return hits.hits.slice(0, ranking.depth)
    }
    return []
  }

  /** An index that is not there has no hits; neither has one that was made anew, without such vectors. */
  async function nothingThere(answer: JsonObject, ranking: Ranking, signal?: AbortSignal): Promise<boolean> {
    const missing = errorType(answer) === indexMissing
    if (!missing && ranking.dimensions === undefined) return false
    provision.forget()
    return missing || !(await provision.hasVectors(ranking.dimensions ?? 0, signal))
  }

  async function vectorOf(query: IndexQuery, filter: JsonObject[], signal?: AbortSignal): Promise<Ranking | undefined> {
    const values = query.vector && indexed(query.vector.values, options.space)
    if (!query.vector || !values || !(await provision.hasVectors(values.length, signal))) return undefined
    const ofEmbedder = [...filter, { term: { embedder: query.vector.embedder } }]
    return vectorRanking({ values, filter: ofEmbedder, depth: query.depth, space: options.space })
  }

  return {
    async search(query, signal) {
      signal?.throwIfAborted()
      const filter = filterOf(query)
      const words = query.text === undefined ? undefined : queryWords(analyzer, query.text)
      const text = words === undefined ? undefined : textRanking({ words, filter, depth: query.depth })
      const vector = await vectorOf(query, filter, signal)
      const asked = [text, vector].filter((ranking) => ranking !== undefined)
      const answers = asked.length === 0 ? [] : await firstRound(asked, signal)
      const [first, second] = await Promise.all(asked.map((ranking, at) => complete(ranking, answers[at], signal)))
      return { text: (text && first) ?? [], vector: (vector && (text ? second : first)) ?? [] }
    },
  }
}

const indexMissing = 'index_not_found_exception'

function failure(answer: JsonObject): KassError {
  const status = typeof answer.status === 'number' ? answer.status : 500
  const cause = new Error(JSON.stringify(isObject(answer.error) ? answer.error : answer))
  const options = { cause, retryAfterMs: 1000 }
  if (status === 429) return new KassError('search_throttled', options)
  if (status >= 500) return new KassError('search_unavailable', options)
  return new KassError('internal', { cause, detail: `The search index refused a query (${errorType(answer)}).` })
}
