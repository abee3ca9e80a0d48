import { objectsIn } from './json.ts'
import { type Reply, refusal, unknownOperation } from './reply.ts'

/** What kind of operation a request is; the two parts of a collection, indexing and search, wake on their own. */
export type Operation = 'bulk' | 'index' | 'delete' | 'define' | 'deleteIndex' | 'describe' | 'search'

export interface Route {
  operation: Operation
  index: string
  /** The document, as it stands in the path but decoded. */
  id: string
}

const index = '/(?<index>[^/_][^/]*)'
const id = '/(?<id>[^/]+)'
const route = (methods: string, path: string, operation: Operation) => ({
  methods: methods.split(' '),
  path: new RegExp(`^${path}$`),
  operation,
})

/**
 * What a vector search collection answers, after "Supported OpenSearch API operations and permissions" of the Amazon
 * OpenSearch Serverless guide; all else is 404. `_msearch` and `POST _bulk` without an index are left out on purpose:
 * they are not documented for every kind and generation of collections, so nothing here may depend on them.
 */
const routes = [
  route('POST', `${index}/_bulk`, 'bulk'),
  route('POST', `${index}/_doc`, 'index'),
  route('DELETE', `${index}/_doc${id}`, 'delete'),
  route('PUT', index, 'define'),
  route('DELETE', index, 'deleteIndex'),
  route('GET HEAD', index, 'describe'),
  route('GET', `(${index})?/_mappings?`, 'describe'),
  route('GET', `${index}/_settings?(/[^/]+)?`, 'describe'),
  route('GET', '/_cat/(indices|aliases|templates)(/[^/]+)?', 'describe'),
  route('GET', '/_resolve/index/[^/]+', 'describe'),
  route('PUT POST', `${index}/(_mappings?|_settings?)`, 'define'),
  route('GET HEAD', `(${index})?/_alias(/[^/]+)?`, 'describe'),
  route('PUT POST DELETE', `${index}/_alias/[^/]+`, 'define'),
  route('POST', '/_aliases', 'define'),
  route('GET HEAD', '/(_index_template|_component_template|_search/pipeline)(/[^/]+)?', 'describe'),
  route('PUT POST DELETE', '/(_index_template|_component_template|_search/pipeline)/[^/]+', 'define'),
  route('GET HEAD', `${index}/(_doc|_source)${id}`, 'search'),
  route('GET POST', `${index}/_explain${id}`, 'search'),
  route('GET POST', `(${index})?/(_analyze|_mget|_count|_field_caps|_rank_eval|_search|_validate/query)`, 'search'),
  route('POST', `${index}/_search/point_in_time`, 'search'),
  route('DELETE', '/_search/point_in_time', 'search'),
]

/** Paths that would name a document; Serverless answers them with an error of their own. */
const chosenId = new RegExp(`^${index}/(_create|_doc|_update)${id}$`)

/** Finds the operation of a request, or the answer to one that a vector search collection does not take. */
export function routeOf(method: string, path: string): Route | Reply {
  for (const known of routes) {
    const found = known.methods.includes(method) ? known.path.exec(path) : null
    if (!found) continue
    const { index = '', id = '' } = found.groups ?? {}
    return { operation: known.operation, index: decodeURIComponent(index), id: decodeURIComponent(id) }
  }
  const kind = chosenId.exec(path)?.[2]
  // POST <index>/_doc/<id> is the one of them that is not there at all.
  if (kind === '_update') return refusal(400, 'illegal_argument_exception', idReason('update'))
  if (kind === '_create' || (kind === '_doc' && method === 'PUT')) {
    return refusal(400, 'illegal_argument_exception', idReason('create/index'))
  }
  return unknownOperation(`no ${method} ${path}`)
}

/** What the service says to an id of the client's choice; for `update` the wording is a guess. */
export const idReason = (what: 'create/index' | 'update') => `Document ID is not supported in ${what} operation request`

/** The answer to a parameter that is not taken; undefined when all are. */
export function refusedParameter(operation: Operation, parameters: URLSearchParams): Reply | undefined {
  const refresh = parameters.get('refresh')
  if (refresh !== null) {
    return refusal(400, 'status_exception', `${refresh || 'true'} refresh policy is not supported.`)
  }
  if (parameters.has('scroll')) return unknownOperation('scroll')
  // Writes take `timeout`; nothing takes the time-out for a cluster manager.
  const writes = operation === 'bulk' || operation === 'index' || operation === 'delete' || operation === 'search'
  const name = ['master_timeout', 'cluster_manager_timeout', ...(writes ? [] : ['timeout'])].find((one) =>
    parameters.has(one),
  )
  if (name === undefined) return undefined
  return refusal(400, 'illegal_argument_exception', `request contains unrecognized parameter: [${name}]`)
}

const scripts = ['script', 'script_score', 'script_fields', 'scripted_metric', 'derived', 'scripted_upsert']

/** The answer to a search that brings code along; undefined when it does not. */
export function refusedScript(body: unknown): Reply | undefined {
  for (const part of objectsIn(body)) {
    const name = scripts.find((one) => typeof part[one] === 'object')
    if (name !== undefined)
      return refusal(400, 'illegal_argument_exception', `inline scripts are not supported: ${name}`)
  }
  return undefined
}
