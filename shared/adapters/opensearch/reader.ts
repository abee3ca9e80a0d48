import { embeddingKey } from '../../documents/fingerprint.ts'
import { KassError } from '../../errors.ts'
import type { Passage, SearchIndex } from '../../ports/search-index.ts'
import { hitsOf, isObject, type JsonObject, numberIn, objectIn, textIn, textsIn } from './answers.ts'
import { passageFields, passageOf } from './documents.ts'
import { readableBy } from './filters.ts'
import type { Requests } from './requests.ts'
import { unpacked } from './vectors.ts'

/** Keys of passages in one request, and vectors in one answer. */
const keysAtOnce = 500
const vectorsAtOnce = 200

export type OpenSearchReader = Pick<SearchIndex, 'passages' | 'chunks' | 'vectors'>

/** Reads stored passages. A collection may hold copies of one key; each is given once. */
export function createReader(requests: Requests, index: string): OpenSearchReader {
  const path = `/${encodeURIComponent(index)}/_search`

  async function sources(body: JsonObject): Promise<JsonObject[]> {
    const answer = await requests.send({
      method: 'POST',
      path,
      body: { track_total_hits: false, ...body },
      accept: [404],
    })
    if (answer.status === 404) return []
    return hitsOf(answer.body).map((hit) => objectIn(hit._source, 'source'))
  }

  /** What a query finds of one attempt, in the order of its chunks, in slices of `size`. */
  async function* inOrder(filter: JsonObject[], fields: readonly string[], size: number, after: number) {
    for (let last = after; ; ) {
      const found = await sources({
        size,
        _source: fields,
        query: { bool: { filter } },
        sort: [{ ordinal: 'asc' }],
        search_after: [last],
      })
      // A copy of the last one may open the next slice only if it is cut off there; `last` skips it.
      const fresh = new Map<number, JsonObject>()
      for (const source of found) fresh.set(numberIn(source.ordinal, 'ordinal'), source)
      yield* fresh.values()
      const end = found.at(-1)
      if (found.length < size || !end) return
      last = numberIn(end.ordinal, 'ordinal')
    }
  }

  return {
    async passages(keys) {
      const found = new Map<string, Passage>()
      for (let at = 0; at < keys.length; at += keysAtOnce) {
        const wanted = keys.slice(at, at + keysAtOnce)
        const body = {
          size: wanted.length,
          _source: passageFields,
          query: { bool: { filter: [{ terms: { key: wanted } }] } },
          // One copy of each key.
          collapse: { field: 'key' },
        }
        for (const source of await sources(body)) {
          const passage = passageOf(source)
          found.set(passage.key, passage)
        }
      }
      return found
    },
    async chunks(attempt, { cursor, limit, groups }) {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new KassError('invalid_cursor')
      const filter = [{ term: { attempt } }, ...(groups ? [readableBy(groups)] : [])]
      const items: Passage[] = []
      const after = cursor === undefined ? -1 : Number(cursor)
      for await (const source of inOrder(filter, passageFields, limit + 1, after)) {
        const last = items.at(-1)
        if (items.length === limit && last) return { items, cursor: String(last.ordinal) }
        items.push(passageOf(source))
      }
      return { items }
    },
    async vectors(attempt, embedder) {
      const found = new Map<string, Float32Array>()
      const filter = [{ term: { attempt } }, { term: { embedder } }]
      const fields = ['ordinal', 'embedding', 'passage.section', 'passage.text']
      for await (const { embedding, passage } of inOrder(filter, fields, vectorsAtOnce, -1)) {
        const { section, text } = isObject(passage) ? passage : {}
        const key = embeddingKey({ section: textsIn(section), text: textIn(text, 'text') })
        found.set(key, unpacked(textIn(embedding, 'vector')))
      }
      return found
    },
  }
}
