import type { ChunkKind, Metadata } from '../../documents/document.ts'
import type { AttemptInfo, IndexedChunk, Passage } from '../../ports/search-index.ts'
import type { Analyzer } from '../../text/analyze.ts'
import { isObject, type JsonObject, numberIn, objectIn, textIn, textsIn } from './answers.ts'
import { audienceOf, factsOf } from './filters.ts'
import type { Space } from './options.ts'
import { indexed, packed, vectorField } from './vectors.ts'
import { wordsOf } from './words.ts'

const kinds: readonly ChunkKind[] = ['text', 'rows', 'table-summary']

/** What of a stored document makes a passage. */
export const passageFields = ['key', 'attempt', 'ordinal', 'documentId', 'path', 'contentType', 'tags', 'passage']

/** The key of a chunk: its name in the index, whatever id its copies have. */
export const keyOf = (attempt: string, ordinal: number): string => `${attempt}:${ordinal}`

/** The attempt in a key. */
export const attemptOf = (key: string): string => key.slice(0, key.lastIndexOf(':'))

/** A chunk as it is written. Metadata goes as text, since any name is allowed in it. */
export function documentOf(
  info: AttemptInfo,
  chunk: IndexedChunk,
  how: { analyzer: Analyzer; space: Space; uid?: string },
): JsonObject {
  const { ordinal, kind, section, locator, hash, text, rowNumbers, headerless, vector } = chunk
  const inIndex = vector && indexed(vector, how.space)
  return {
    key: keyOf(info.attempt, ordinal),
    attempt: info.attempt,
    ordinal,
    ...(how.uid !== undefined && { uid: how.uid }),
    tenant: info.tenant,
    documentId: info.documentId,
    path: info.path,
    contentType: info.contentType,
    audience: audienceOf(info.groups),
    tags: info.tags,
    facts: factsOf(info.metadata),
    words: wordsOf(how.analyzer, { title: info.title, section, text }),
    passage: {
      title: info.title,
      metadata: JSON.stringify(info.metadata),
      kind,
      section,
      locator,
      hash,
      text,
      ...(rowNumbers && { rowNumbers }),
      ...(headerless && { headerless }),
    },
    ...(vector && { embedder: info.embedder, embedding: packed(vector) }),
    ...(vector && inIndex && { [vectorField(vector.length)]: inIndex }),
  }
}

function metadataOf(json: string): Metadata {
  const entries: [string, Metadata[string]][] = []
  const found: unknown = JSON.parse(json)
  for (const [key, value] of Object.entries(isObject(found) ? found : {})) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') entries.push([key, value])
  }
  return Object.fromEntries(entries)
}

/** The passage in a stored document. @throws KassError search_unavailable when it is not one of ours */
export function passageOf(source: JsonObject): Passage {
  const { rowNumbers, headerless, ...kept } = objectIn(source.passage, 'passage')
  return {
    key: textIn(source.key, 'key'),
    attempt: textIn(source.attempt, 'attempt'),
    ordinal: numberIn(source.ordinal, 'ordinal'),
    documentId: textIn(source.documentId, 'document'),
    path: textIn(source.path, 'path'),
    contentType: textIn(source.contentType, 'content type'),
    tags: textsIn(source.tags),
    title: textIn(kept.title, 'title'),
    metadata: metadataOf(textIn(kept.metadata, 'metadata')),
    kind: kinds.find((known) => known === kept.kind) ?? 'text',
    section: textsIn(kept.section),
    locator: textIn(kept.locator, 'locator'),
    hash: textIn(kept.hash, 'hash'),
    text: textIn(kept.text, 'text'),
    ...(Array.isArray(rowNumbers) && { rowNumbers: rowNumbers.filter((one) => typeof one === 'number') }),
    ...(headerless === true && { headerless }),
  }
}
