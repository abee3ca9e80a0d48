import { randomBytes } from 'node:crypto'
import { type BulkItem, type BulkResult, failed, faultOf, parseBulk, removed, written } from './bulk.ts'
import type { HeldWrites, Write } from './held-writes.ts'
import { isObject, parseObject } from './json.ts'
import { dimensionsOf } from './mappings.ts'
import { jsonReply, type Reply, refusal } from './reply.ts'
import { idReason } from './routes.ts'
import type { Upstream } from './upstream.ts'

/** Ids as the service gives them: with percent signs, so that whoever forgets to encode a path notices. */
const newId = () => `1%3A0%3A${randomBytes(15).toString('base64url')}`

/** Writes of documents: acknowledged at once, with an id of the service's own, and held back from searches. */
export interface Documents {
  bulk(index: string, body: string, lagMs: number): Promise<Reply>
  index(index: string, body: string, lagMs: number): Promise<Reply>
  remove(index: string, id: string, lagMs: number): Promise<Reply>
  /** The mapping of an index may have changed. */
  forget(): void
}

export function createDocuments(upstream: Upstream, held: HeldWrites): Documents {
  const known = new Map<string, ReadonlyMap<string, number>>()

  /** The vector fields of an index; undefined when it is not there. */
  async function dimensions(index: string): Promise<ReadonlyMap<string, number> | undefined> {
    const found = known.get(index)
    if (found) return found
    const mappings = await upstream.json('GET', `/${encodeURIComponent(index)}/_mapping`)
    if (!mappings) return undefined
    const fields = dimensionsOf(mappings)
    known.set(index, fields)
    return fields
  }

  /** Which of these documents are there, held writes included. */
  async function existing(index: string, ids: readonly string[]): Promise<Set<string>> {
    const there = new Set(ids.filter((id) => held.outcome(index, id) === 'put'))
    const unknown = ids.filter((id) => held.outcome(index, id) === undefined)
    if (unknown.length === 0) return there
    const found = await upstream.json('POST', `/${encodeURIComponent(index)}/_mget?_source=false`, { ids: unknown })
    for (const doc of Array.isArray(found?.docs) ? found.docs : []) {
      if (isObject(doc) && doc.found === true && typeof doc._id === 'string') there.add(doc._id)
    }
    return there
  }

  async function write(items: readonly BulkItem[], lagMs: number): Promise<BulkResult[]> {
    const writes: Write[] = []
    const results: BulkResult[] = []
    const removals = Map.groupBy(
      items.filter(({ action }) => action === 'delete'),
      ({ index }) => index,
    )
    const there = new Set<string>()
    for (const [index, removing] of removals) {
      const ids = removing.flatMap(({ id }) => (id === undefined ? [] : [id]))
      for (const id of await existing(index, ids)) there.add(`${index}/${id}`)
    }
    for (const item of items) {
      const { action, index, id, source } = item
      if (action === 'delete') {
        const existed = there.delete(`${index}/${id}`)
        if (existed && id !== undefined) writes.push({ index, id })
        results.push(removed(item, existed))
      } else if (action === 'update' || id !== undefined) {
        const reason = idReason(action === 'update' ? 'update' : 'create/index')
        results.push(failed(item, 'illegal_argument_exception', reason))
      } else {
        const fields = await dimensions(index)
        const fault = faultOf(item, fields ?? new Map())
        const given = newId()
        if (!fault && source !== undefined) writes.push({ index, id: given, source, makesIndex: fields === undefined })
        results.push(fault ?? written(item, given))
      }
    }
    const seen = held.hold(writes, lagMs)
    if (lagMs === 0) await seen
    return results
  }

  async function one(item: BulkItem, lagMs: number): Promise<Reply> {
    const [result] = await write([item], lagMs)
    const { status, error, ...about } = Object.values(result ?? {})[0] ?? {}
    if (isObject(error)) return jsonReply(Number(status), { error: { root_cause: [error], ...error }, status })
    return jsonReply(Number(status), about)
  }

  return {
    async bulk(index, body, lagMs) {
      const items = parseBulk(body, index)
      if (typeof items === 'string') return refusal(400, 'illegal_argument_exception', items)
      const results = await write(items, lagMs)
      const errors = results.some((result) => Object.values(result).some(({ error }) => error !== undefined))
      return jsonReply(200, { took: 1, errors, items: results })
    },
    index: (index, source, lagMs) =>
      one({ action: 'index', index, id: undefined, source, document: parseObject(source) }, lagMs),
    remove: (index, id, lagMs) => one({ action: 'delete', index, id, source: undefined, document: undefined }, lagMs),
    forget: () => known.clear(),
  }
}

/** Shows held writes to searches. @throws when the node does not answer as it should */
export async function applyWrites(
  upstream: Upstream,
  held: readonly Write[],
  onRefused: (what: { index: string; id: string; error: unknown }) => void,
): Promise<void> {
  const gone = await goneIndexes(upstream, held)
  const writes = held.filter(({ index }) => !gone.has(index))
  if (writes.length === 0) return
  const lines = writes.flatMap(({ index, id, source }) => {
    const about = JSON.stringify({ [source === undefined ? 'delete' : 'index']: { _index: index, _id: id } })
    return source === undefined ? [about] : [about, source.trimEnd()]
  })
  const reply = await upstream.send('POST', '/_bulk?refresh=true', `${lines.join('\n')}\n`, 'application/x-ndjson')
  const answer = parseObject(reply.body.toString())
  if (reply.status !== 200 || !Array.isArray(answer?.items)) throw new Error(`the node answered ${reply.status}`)
  for (const [at, item] of answer.items.entries()) {
    const [result] = isObject(item) ? Object.values(item) : []
    const write = writes[at]
    if (isObject(result) && Number(result.status) >= 429)
      throw new Error(`the node has too much to do: ${result.status}`)
    if (write && isObject(result) && result.error) onRefused({ index: write.index, id: write.id, error: result.error })
  }
}

/** Indexes that were removed behind the proxy's back: the node would make them anew, with a mapping of its own. */
async function goneIndexes(upstream: Upstream, writes: readonly Write[]): Promise<Set<string>> {
  const gone = new Set<string>()
  for (const index of new Set(writes.map((write) => write.index))) {
    if (writes.some((write) => write.index === index && write.makesIndex)) continue
    const { status } = await upstream.send('HEAD', `/${encodeURIComponent(index)}`)
    if (status === 404) gone.add(index)
  }
  return gone
}
