import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { AttemptInfo, IndexedChunk, IndexQuery, SearchIndex } from '../../../ports/search-index.ts'
import { hashingVector } from '../../hashing-embedder.ts'

/** Two connections to one empty index, as two processes have them. */
export type OpenIndex = (t: Test) => Promise<{ index: SearchIndex; other: SearchIndex }>

export const embedder = 'hashing/384'

export function attempt(name: string, about: Partial<AttemptInfo> = {}): AttemptInfo {
  return {
    attempt: name,
    tenant: 'acme',
    documentId: `doc_${name}`,
    path: `files/${name}.md`,
    title: '',
    contentType: 'text/markdown',
    groups: [],
    tags: [],
    metadata: {},
    embedder,
    ...about,
  }
}

export function chunk(ordinal: number, text: string, about: Partial<IndexedChunk> = {}): IndexedChunk {
  return {
    ordinal,
    kind: 'text',
    text,
    section: [],
    locator: `lines ${ordinal + 1}`,
    hash: `hash of ${text}`,
    vector: hashingVector(text, 384),
    ...about,
  }
}

/** Puts each text as a chunk of one attempt. */
export async function put(index: SearchIndex, info: AttemptInfo, ...texts: string[]): Promise<void> {
  await index.put(
    info,
    texts.map((text, ordinal) => chunk(ordinal, text)),
  )
}

export function query(text: string, about: Partial<IndexQuery> = {}): IndexQuery {
  const vector = { embedder, values: hashingVector(text, 384) }
  return { tenant: 'acme', groups: undefined, text, vector, depth: 1000, ...about }
}

export interface Keys {
  text: string[]
  vector: string[]
}

export async function keys(index: SearchIndex, asked: IndexQuery): Promise<Keys> {
  const { text, vector } = await index.search(asked)
  return { text: text.map(({ key }) => key), vector: vector.map(({ key }) => key) }
}

/** Looks until what is seen is right, for as long as the adapter may need to show it; gives what was seen last. */
export async function seen<T>(index: SearchIndex, look: () => Promise<T>, isRight: (found: T) => boolean): Promise<T> {
  const until = performance.now() + index.visibilityMs
  for (;;) {
    const found = await look()
    if (isRight(found) || performance.now() >= until) return found
    await pause(Math.min(250, index.visibilityMs / 10))
  }
}

/** Waits until so many chunks are found by the words of a query, and gives their keys. */
export async function seenKeys(index: SearchIndex, asked: IndexQuery, count: number): Promise<Keys> {
  return seen(
    index,
    () => keys(index, asked),
    ({ text }) => text.length === count,
  )
}
