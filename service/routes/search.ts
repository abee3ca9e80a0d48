import type { RetrievedPassage } from '../../shared/retrieval/types.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { normalized } from '../schemas/common.ts'
import { SearchResponse, searchRequest } from '../schemas/search.ts'
import { endSignal } from './hang-up.ts'

const defaultLimit = 10

function viewHit(hit: RetrievedPassage): SearchResponse['results'][number] {
  return {
    document_id: hit.documentId,
    path: hit.path,
    title: hit.title,
    content_type: hit.contentType,
    section: hit.section,
    locator: hit.locator,
    kind: hit.kind,
    text: hit.text,
    score: hit.score,
    scores: hit.scores,
    tags: [...hit.tags],
    metadata: hit.metadata,
  }
}

/** Passages, without an answer. */
export function addSearchRoute(app: App, deps: Deps): void {
  app.post(
    '/search',
    {
      config: { access: 'search' },
      schema: {
        tags: ['search'],
        summary: 'Find passages',
        description:
          'The passages that fit best, among the documents that the caller may see. Needs the scope `search`.',
        body: searchRequest(deps.config),
        response: {
          200: SearchResponse,
        },
        problems: {
          body: true,
          codes: ['embedder_not_configured', 'model_throttled', 'model_unavailable', 'model_timeout', 'model_refused'],
        },
      },
    },
    async (request, reply): Promise<SearchResponse> => {
      const { tenant, groups } = callerOf(request)
      const { query, limit = defaultLimit, mode = 'hybrid', filters } = normalized(request.body)
      const { signal } = endSignal(reply, deps.work)
      const found = await deps.retriever.search({ tenant, groups }, { query, limit, mode, filters }, signal)
      const results = found.hits.map(viewHit)
      return { query, results, count: results.length, mode: found.mode, notice: found.notice }
    },
  )
}
