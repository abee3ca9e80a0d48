import { test } from 'tap'
import type { ActiveItem } from '../../documents/document.ts'
import { KassError } from '../../errors.ts'
import { createLogger } from '../../logger.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { Embedder } from '../../ports/embedder.ts'
import type { IndexHit, IndexQuery, Passage, SearchIndex } from '../../ports/search-index.ts'
import { createRetriever } from '../retriever.ts'

const live = new AbortController().signal
const logger = createLogger({ level: 'silent', name: 'test' })
const everyone = { tenant: 'default', groups: [] }
const seesAll = { tenant: 'default', groups: undefined }

/** An index that answers with fixed hits, and records that say which attempts answer. */
function world(
  hits: { text?: IndexHit[]; vector?: IndexHit[] },
  items: ActiveItem[],
  texts: Record<string, string> = {},
) {
  const asked: IndexQuery[] = []
  const never = async (): Promise<never> => {
    throw new Error('not part of a search')
  }
  const index: SearchIndex = {
    visibilityMs: 0,
    put: never,
    remove: never,
    count: never,
    // biome-ignore lint/correctness/useYield: not part of a search
    async *attempts() {
      await never()
    },
    async search(query) {
      asked.push(query)
      return {
        text: query.text === undefined ? [] : (hits.text ?? []),
        vector: query.vector ? (hits.vector ?? []) : [],
      }
    },
    async passages(keys) {
      return new Map(keys.map((key) => [key, passage(key, texts[key] ?? key)]))
    },
    chunks: never,
    vectors: never,
    ready: async () => {},
  }
  const documents = {
    async active(_tenant: string, ids: readonly string[]) {
      return new Map(items.filter(({ id }) => ids.includes(id)).map((item) => [item.id, item]))
    },
  } satisfies Pick<DocumentStore, 'active'>
  const make = (embedder?: Embedder) =>
    // Only `active` is asked for by a search.
    createRetriever({ documents: documents as unknown as DocumentStore, index, embedder, depth: 200, logger })
  return { make, asked, index }
}

function passage(key: string, text: string): Passage {
  const [attempt = '', ordinal = '0'] = key.split(':')
  return {
    key,
    attempt,
    documentId: `d-${attempt}`,
    ordinal: Number(ordinal),
    kind: 'text',
    text,
    section: [],
    locator: 'page 1',
    hash: text,
    path: `${attempt}.txt`,
    title: attempt,
    contentType: 'text/plain',
    tags: [],
    metadata: {},
  }
}

const hit = (key: string, score: number): IndexHit => {
  const attempt = key.split(':')[0] ?? ''
  return { key, attempt, documentId: `d-${attempt}`, score }
}
const item = (attempt: string, more: Partial<ActiveItem> = {}): ActiveItem => ({
  id: `d-${attempt}`,
  attempt,
  groups: [],
  incarnation: 0,
  deleted: false,
  ...more,
})
const query = { query: 'q', limit: 10, mode: 'text' } as const

test('hits of attempts that no record names, of deleted documents and of hidden groups are replaced from further down', async (t) => {
  const text = [hit('stale:0', 9), hit('gone:0', 8), hit('secret:0', 7), hit('good:0', 6), hit('unknown:0', 5)]
  const items = [
    { ...item('stale'), attempt: 'newer' },
    item('gone', { deleted: true }),
    item('secret', { groups: ['board'] }),
    item('good'),
  ]
  const { make } = world({ text }, items)
  const { hits } = await make().search(everyone, query, live)
  t.same(
    hits.map(({ key }) => key),
    ['good:0'],
  )
  const board = await make().search({ tenant: 'default', groups: ['board'] }, query, live)
  t.same(
    board.hits.map(({ key }) => key),
    ['secret:0', 'good:0'],
  )
})

test('a full page comes back although whole windows of hits are refused', async (t) => {
  const text = [
    ...Array.from({ length: 40 }, (_, i) => hit(`stale:${i}`, 100 - i)),
    ...Array.from({ length: 5 }, (_, i) => hit(`good:${i}`, 10 - i)),
  ]
  const { make } = world({ text }, [{ ...item('stale'), attempt: 'newer' }, item('good')])
  const { hits } = await make().search(everyone, { ...query, limit: 3 }, live)
  t.same(
    hits.map(({ key }) => key),
    ['good:0', 'good:1', 'good:2'],
  )
})

test('equal passages come once, under their best hit', async (t) => {
  const text = [hit('a:0', 9), hit('b:0', 8), hit('c:0', 7)]
  const { make } = world({ text }, [item('a'), item('b'), item('c')], { 'a:0': 'same', 'b:0': 'same', 'c:0': 'other' })
  const { hits } = await make().search(everyone, { ...query, limit: 2 }, live)
  t.same(
    hits.map(({ key }) => key),
    ['a:0', 'c:0'],
  )
})

test('without an embedder hybrid is text search and says so, and vector is a coded error', async (t) => {
  const { make, asked } = world({ text: [hit('a:0', 1)] }, [item('a')])
  const found = await make().search(everyone, { ...query, mode: 'hybrid' }, live)
  t.match(found, { mode: 'text', notice: /EMBEDDER=none/, hits: [{ key: 'a:0' }] })
  t.equal(asked[0]?.vector, undefined)
  await t.rejects(make().search(everyone, { ...query, mode: 'vector' }, live), { code: 'embedder_not_configured' })
})

test('with an embedder both are asked and fused, and a vector search asks for vectors only', async (t) => {
  const embedder: Embedder = { id: 'e', embed: async (texts) => texts.map(() => new Float32Array([1])) }
  const { make, asked } = world({ text: [hit('a:0', 3), hit('b:0', 1)], vector: [hit('b:0', 0.9), hit('c:0', 0.1)] }, [
    item('a'),
    item('b'),
    item('c'),
  ])
  const found = await make(embedder).search(seesAll, { ...query, mode: 'hybrid' }, live)
  t.match(found, {
    mode: 'hybrid',
    hits: [{ key: 'a:0' }, { key: 'b:0', scores: { text: 1, vector: 0.9 } }, { key: 'c:0' }],
  })
  t.equal(found.notice, undefined)
  await make(embedder).search(everyone, { ...query, mode: 'vector' }, live)
  t.match(asked[1], { text: undefined, vector: { embedder: 'e' } })
})

test('when the query cannot be embedded hybrid falls back to text and says so, and vector fails', async (t) => {
  const embedder: Embedder = {
    id: 'e',
    embed: async () => {
      throw new KassError('model_unavailable')
    },
  }
  const { make } = world({ text: [hit('a:0', 3)] }, [item('a')])
  const found = await make(embedder).search(everyone, { ...query, mode: 'hybrid' }, live)
  t.match(found, { mode: 'text', notice: /model_unavailable/, hits: [{ key: 'a:0' }] })
  await t.rejects(make(embedder).search(everyone, { ...query, mode: 'vector' }, live), { code: 'model_unavailable' })
})

test('where an index counts words of other tenants, its text scores are shown to nobody', async (t) => {
  const { make, index } = world({ text: [hit('a:0', 3)] }, [item('a')])
  Object.assign(index, { sharesStatistics: true })
  const { hits } = await make().search(seesAll, query, live)
  t.same(hits[0]?.scores, {})
  t.equal(hits[0]?.score, 1)
})

test('raw scores, which count hidden documents too, are for readers of every group only', async (t) => {
  const { make } = world({ text: [hit('a:0', 3)] }, [item('a')])
  const all = await make().search(seesAll, query, live)
  t.same(all.hits[0]?.scores, { text: 3 })
  const some = await make().search(everyone, query, live)
  t.same(some.hits[0]?.scores, {})
  t.equal(some.hits[0]?.score, 1)
})
