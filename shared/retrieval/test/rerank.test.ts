import { test } from 'tap'
import type { ActiveItem } from '../../documents/document.ts'
import { KassError } from '../../errors.ts'
import { createLogger } from '../../logger.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { Reranker } from '../../ports/reranker.ts'
import type { Passage, SearchIndex } from '../../ports/search-index.ts'
import { createRetriever } from '../retriever.ts'

const never = () => new AbortController().signal
const everyone = { tenant: 'default', groups: undefined }

/** Documents a, b, c … in the order of the fused search, each with one passage. */
function world(count: number, reranker: Reranker, more: { depth?: number; timeoutMs?: number } = {}) {
  const ids = Array.from({ length: count }, (_, at) => String.fromCharCode(97 + at))
  const items = new Map<string, ActiveItem>(
    ids.map((id) => [id, { id, attempt: id, groups: [], incarnation: 0, deleted: false }]),
  )
  const lines: Record<string, unknown>[] = []
  const passage = (key: string): Passage => ({
    ...{ key, attempt: key, documentId: key, ordinal: 0, kind: 'text', section: ['Part'], locator: '', hash: key },
    ...{ text: `text of ${key}`, path: key, title: `Title ${key}`, contentType: 'text/plain', tags: [], metadata: {} },
  })
  const index: Pick<SearchIndex, 'search' | 'passages'> = {
    search: async () => ({
      text: ids.map((id, at) => ({ key: id, documentId: id, attempt: id, score: count - at })),
      vector: [],
    }),
    passages: async (keys) => new Map(keys.map((key) => [key, passage(key)])),
  }
  const documents: Pick<DocumentStore, 'active'> = {
    active: async (_tenant, asked) => new Map([...items].filter(([id]) => asked.includes(id))),
  }
  const retriever = createRetriever({
    documents: documents as DocumentStore,
    index: index as SearchIndex,
    depth: 200,
    rerank: { reranker, depth: more.depth ?? 50, timeoutMs: more.timeoutMs ?? 30_000 },
    logger: createLogger(
      { level: 'info', name: 'test' },
      { write: (line: string) => void lines.push(JSON.parse(line)) },
    ),
  })
  const search = (limit: number, signal = never()) =>
    retriever.search(everyone, { query: 'q', limit, mode: 'text' }, signal)
  return { search, items, lines }
}

/** Turns the order round. */
const reversing = (seen: string[][] = []): Reranker => ({
  id: 'reversing',
  async rerank(_query, passages) {
    seen.push([...passages])
    return passages.map((_, at) => ({ index: passages.length - 1 - at, score: 1 - at / 100 }))
  },
})

const failing = (error: unknown): Reranker => ({
  id: 'failing',
  rerank: async () => {
    throw error
  },
})

const keys = (found: { hits: { key: string }[] }) => found.hits.map(({ key }) => key)

test('the best passages come in the reranker’s order with its scores, though fewer are asked for', async (t) => {
  const seen: string[][] = []
  const { search } = world(10, reversing(seen), { depth: 6 })
  const found = await search(2)
  t.same(keys(found), ['f', 'e'])
  t.match(found, { reranked: true, notice: undefined, hits: [{ score: 1 }, { score: 0.99 }] })
  t.equal(seen[0]?.length, 6)
  t.match(seen[0]?.[0], /^Title a \/ Part\ntext of a$/)
})

test('more than the depth are reranked when more are asked for', async (t) => {
  const { search } = world(10, reversing(), { depth: 2 })
  t.equal((await search(8)).hits.length, 8)
})

test('a reranker that is throttled, refused or gone leaves the order of the search, and it is said and logged', async (t) => {
  for (const code of ['model_throttled', 'model_unavailable', 'model_refused', 'model_failed'] as const) {
    const { search, lines } = world(3, failing(new KassError(code)))
    const found = await search(2)
    t.same(keys(found), ['a', 'b'])
    t.match(found, { reranked: false, notice: new RegExp(code) })
    t.match(lines, [{ level: 'WARN', code, model: 'failing', reranked: false }])
  }
})

test('a reranker that takes too long is left, and its call ended', async (t) => {
  let ended = false
  const { search } = world(
    3,
    {
      id: 'slow',
      rerank: (_query, _passages, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended = true
            reject(signal.reason)
          })
        }),
    },
    { timeoutMs: 20 },
  )
  t.match(await search(2), { reranked: false, notice: /model_timeout/, hits: [{ key: 'a' }, { key: 'b' }] })
  t.ok(ended)
})

test('a caller that goes away ends the search, and a slip of our own is not hidden', async (t) => {
  const abort = new AbortController()
  const { search } = world(3, {
    id: 'aborting',
    rerank: async () => {
      abort.abort(new Error('gone'))
      throw new KassError('model_failed')
    },
  })
  await t.rejects(search(2, abort.signal), { message: 'gone' })
  await t.rejects(world(3, failing(new TypeError('a slip'))).search(2), { message: 'a slip' })
})

test('what is deleted or hidden while the reranker reads is not given', async (t) => {
  const { search, items } = world(4, {
    id: 'slow',
    async rerank(_query, passages) {
      items.set('b', { id: 'b', attempt: 'b', groups: [], incarnation: 0, deleted: true })
      items.delete('c')
      return passages.map((_, index) => ({ index, score: 1 - index / 10 }))
    },
  })
  t.same(keys(await search(4)), ['a', 'd'])
})

test('one passage needs no reranker', async (t) => {
  const seen: string[][] = []
  const { search } = world(1, reversing(seen))
  t.match(await search(5), { reranked: true, hits: [{ key: 'a' }] })
  t.same(seen, [])
})
