import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMemoryIndex } from '../../shared/adapters/memory-index/index.ts'
import type { AttemptInfo, IndexedChunk, IndexQuery } from '../../shared/ports/search-index.ts'
import { hashingVector } from '../../shared/test/hashing-embedder.ts'

/**
 * The search index by itself: what putting, starting, searching and holding cost, and how often the first pass over the
 * vectors loses one of the ten nearest.
 *   node tools/bench/index-micro.ts --chunks 20000 --vectors clustered|hashing|none
 */
const words = 150
const questionTerms = 11
const perDocument = 40
const dimensions = 384
const embedder = 'bench/384'

/** A small generator with a seed (mulberry32), so that two runs see the same. */
function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Words of a vocabulary of 100,000 whose frequencies fall as in natural language (Zipf, exponent 1). */
function createWriter(random: () => number): (count: number) => string {
  const vocabulary = Array.from({ length: 100_000 }, (_, rank) =>
    (rank + 1000).toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? 'q'),
  )
  const sums = new Float64Array(vocabulary.length)
  let sum = 0
  // The first ranks are stop words, which no index holds.
  for (const rank of vocabulary.keys()) sums[rank] = sum += 1 / (rank + 20)
  return (count) =>
    Array.from({ length: count }, () => {
      const wanted = random() * sum
      let [low, high] = [0, sums.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((sums[middle] ?? 0) < wanted) low = middle + 1
        else high = middle
      }
      return vocabulary[low] ?? ''
    }).join(' ')
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

type MakeVector = (text: string) => Float32Array | undefined

/** Clusters with an offset that all vectors share, as real embeddings have. */
function vectorMaker(kind: string, random: () => number): MakeVector {
  if (kind === 'none') return () => undefined
  if (kind === 'hashing') return (text) => hashingVector(text, dimensions)
  const offset = Float32Array.from({ length: dimensions }, () => normal(random))
  const centres = Array.from({ length: 300 }, () => offset.map((value) => value + 1.5 * normal(random)))
  return () => {
    const centre = centres[Math.floor(random() * centres.length)] ?? offset
    return centre.map((value) => value + normal(random))
  }
}

function generator(kind: string) {
  const random = randomness(7)
  const write = createWriter(random)
  return { random, write, vector: vectorMaker(kind, random) }
}

async function fill(file: string, chunks: number, kind: string): Promise<number> {
  const { write, vector } = generator(kind)
  const index = createMemoryIndex({ file, language: 'english' })
  let spent = 0
  for (let first = 0; first < chunks; first += perDocument) {
    const document = `doc_${first}`
    const info: AttemptInfo = {
      ...{ attempt: `attempt${String(first).padStart(12, '0')}`, tenant: 'default', documentId: document },
      ...{ path: `bench/${document}.md`, title: write(3), contentType: 'text/markdown' },
      ...{ groups: [], tags: [], metadata: {}, embedder: kind === 'none' ? 'none' : embedder },
    }
    const made: IndexedChunk[] = Array.from({ length: Math.min(perDocument, chunks - first) }, (_, ordinal) => {
      const text = write(words)
      return {
        ...{
          ordinal,
          kind: 'text',
          text,
          section: [write(2)],
          locator: `lines ${ordinal}`,
          hash: `${first}/${ordinal}`,
        },
        vector: vector(text),
      }
    })
    const from = performance.now()
    await index.put(info, made)
    spent += performance.now() - from
  }
  await index.close()
  return spent
}

const round = (value: number): number => Math.round(value * 1000) / 1000

function quantiles(times: number[]): { p50: number; p95: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => round(sorted[Math.floor(sorted.length * share)] ?? 0)
  return { p50: at(0.5), p95: at(0.95) }
}

const megabytes = (): number => Math.round(process.memoryUsage().rss / 1024 / 1024)

/** Runs in a process of its own, so that memory is that of the index alone. */
async function measure(file: string, kind: string): Promise<Record<string, unknown>> {
  const { write, vector, random } = generator(kind)
  for (let i = 0; i < 1000; i++) random()
  const before = megabytes()
  const from = performance.now()
  const index = createMemoryIndex({ file, language: 'english' })
  await index.ready()
  const readyMs = Math.round(performance.now() - from)
  const loaded = megabytes()
  const query = (text: string | undefined, withVector: boolean): IndexQuery => {
    const values = withVector ? vector(text ?? write(words)) : undefined
    return { tenant: 'default', groups: undefined, depth: 200, text, vector: values && { embedder, values } }
  }
  const time = async (count: number, make: () => IndexQuery) => {
    const times: number[] = []
    for (let i = 0; i < count; i++) {
      const made = make()
      const start = performance.now()
      await index.search(made)
      times.push(performance.now() - start)
    }
    return quantiles(times.slice(count / 5))
  }
  const text = await time(500, () => query(write(questionTerms), false))
  const hybrid = kind === 'none' ? undefined : await time(300, () => query(write(questionTerms), true))
  const found = { readyMs, text, hybrid, rssMb: { before, loaded, afterSearches: megabytes() } }
  const recall = kind === 'none' ? undefined : await recalls(file, index.search, () => query(undefined, true))
  await index.close()
  return { ...found, recall }
}

/** Which share of the nearest 10 and 200 is found, against an index that compares every vector exactly. */
async function recalls(file: string, search: (query: IndexQuery) => Promise<Hits>, make: () => IndexQuery) {
  const exact = createMemoryIndex({ file, language: 'english', vectors: { exactRows: Number.MAX_SAFE_INTEGER } })
  const queries = 100
  const shared = { 10: 0, 200: 0 }
  for (let i = 0; i < queries; i++) {
    const query = make()
    const found = (await search(query)).vector.map(({ key }) => key)
    const nearest = (await exact.search(query)).vector.map(({ key }) => key)
    for (const depth of [10, 200] as const) {
      const known = new Set(found.slice(0, depth))
      shared[depth] += nearest.slice(0, depth).filter((key) => known.has(key)).length / depth
    }
  }
  await exact.close()
  return { at10: round(shared[10] / queries), at200: round(shared[200] / queries) }
}
type Hits = Awaited<ReturnType<ReturnType<typeof createMemoryIndex>['search']>>

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '20000' },
    vectors: { type: 'string', default: 'clustered' },
    measure: { type: 'string' },
  },
})
if (values.measure !== undefined) {
  console.log(JSON.stringify(await measure(values.measure, values.vectors)))
} else {
  const folder = mkdtempSync(join(tmpdir(), 'kass-index-'))
  try {
    const file = join(folder, 'index.db')
    const chunks = Number(values.chunks)
    const spent = await fill(file, chunks, values.vectors)
    const perSecond = Math.round((chunks / spent) * 1000)
    const child = [import.meta.filename, '--measure', file, '--vectors', values.vectors]
    const measured: object = JSON.parse(execFileSync(process.execPath, child, { encoding: 'utf8' }))
    const fileMb = Math.round(statSync(file).size / 1024 / 1024)
    const about = { chunks, vectors: values.vectors, put: { perSecond }, fileMb }
    console.log(JSON.stringify({ ...about, ...measured }, null, 2))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
