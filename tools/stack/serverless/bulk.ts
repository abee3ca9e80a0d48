import { isObject, type JsonObject, parseObject } from './json.ts'

/** One line, or two, of a bulk request. */
export interface BulkItem {
  action: string
  index: string
  id: string | undefined
  /** As it was sent. */
  source: string | undefined
  document: JsonObject | undefined
}

/** @returns the items of a bulk request; a sentence when it is not one. */
export function parseBulk(body: string, index: string): BulkItem[] | string {
  if (!body.endsWith('\n')) return 'The bulk request must be terminated by a newline [\\n]'
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  const items: BulkItem[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = parseObject(lines[at] ?? '')
    const [action, about] = Object.entries(line ?? {})[0] ?? []
    if (!action || !['index', 'create', 'delete', 'update'].includes(action)) {
      return `Malformed action/metadata line [${at + 1}], expected START_OBJECT or END_OBJECT`
    }
    const { _index = index, _id } = isObject(about) ? about : {}
    const source = action === 'delete' ? undefined : lines[++at]
    const document = source === undefined ? undefined : parseObject(source)
    items.push({ action, index: String(_index), id: _id === undefined ? undefined : String(_id), source, document })
  }
  return items.length > 0 ? items : 'request body is required'
}

/** One item of the answer to a bulk request. */
export type BulkResult = Record<string, JsonObject>

const shards = { total: 0, successful: 0, failed: 0 }

export function written(item: BulkItem, id: string): BulkResult {
  const about = { _index: item.index, _id: id, _version: 0, _shards: shards, _seq_no: 0, _primary_term: 0 }
  return { [item.action]: { ...about, result: 'created', status: 201 } }
}

export function removed(item: BulkItem, existed: boolean): BulkResult {
  const about = { _index: item.index, _id: item.id, _version: 0, _shards: shards, _seq_no: 0, _primary_term: 0 }
  return { [item.action]: { ...about, result: existed ? 'deleted' : 'not_found', status: existed ? 200 : 404 } }
}

export function failed(item: BulkItem, type: string, reason: string, cause?: string): BulkResult {
  const caused = cause === undefined ? {} : { caused_by: { type: 'illegal_argument_exception', reason: cause } }
  return {
    [item.action]: { _index: item.index, _id: item.id ?? null, status: 400, error: { type, reason, ...caused } },
  }
}

/** What the mapping would refuse in a document, as the service says at once; undefined when nothing is known against it. */
export function faultOf(item: BulkItem, dimensions: ReadonlyMap<string, number>): BulkResult | undefined {
  if (!item.document) return failed(item, 'mapper_parsing_exception', 'failed to parse')
  for (const [field, wanted] of dimensions) {
    const vector = item.document[field]
    if (!Array.isArray(vector) || vector.length === wanted) continue
    return failed(
      item,
      'mapper_parsing_exception',
      `failed to parse field [${field}] of type [knn_vector] in document.`,
      `Vector dimension mismatch. Expected: ${wanted}, Given: ${vector.length}`,
    )
  }
  return undefined
}
