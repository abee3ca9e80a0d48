import type { SQLOutputValue } from 'node:sqlite'
import type { ChunkKind, Metadata } from '../../documents/document.ts'
import type { AttemptInfo, Passage } from '../../ports/search-index.ts'

export type Row = Record<string, SQLOutputValue>

const kinds: readonly ChunkKind[] = ['text', 'rows', 'table-summary']

/** The text of a column. */
export function textOf(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

/** The number of a column. */
export function numberOf(row: Row, column: string): number {
  return Number(row[column] ?? 0)
}

function strings(json: string): string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** The list of texts in a column. */
export function stringsOf(row: Row, column: string): string[] {
  return strings(textOf(row, column))
}

function numbers(json: string): number[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []
}

function metadataOf(json: string): Metadata {
  const found: Metadata = {}
  for (const [key, value] of Object.entries<unknown>(JSON.parse(json))) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') found[key] = value
  }
  return found
}

/** A row of `attempts`. */
export function attemptOf(row: Row): AttemptInfo {
  return {
    attempt: textOf(row, 'attempt'),
    tenant: textOf(row, 'tenant'),
    documentId: textOf(row, 'document_id'),
    path: textOf(row, 'path'),
    title: textOf(row, 'title'),
    contentType: textOf(row, 'content_type'),
    groups: strings(textOf(row, 'groups')),
    tags: strings(textOf(row, 'tags')),
    metadata: metadataOf(textOf(row, 'metadata')),
    embedder: textOf(row, 'embedder'),
  }
}

/** A row of `chunks` joined with its attempt's. */
export function passageOf(row: Row): Passage {
  const attempt = textOf(row, 'attempt')
  const ordinal = numberOf(row, 'ordinal')
  const rowNumbers = row.row_numbers
  return {
    key: `${attempt}:${ordinal}`,
    attempt,
    ordinal,
    documentId: textOf(row, 'document_id'),
    path: textOf(row, 'path'),
    title: textOf(row, 'title'),
    contentType: textOf(row, 'content_type'),
    tags: strings(textOf(row, 'tags')),
    metadata: metadataOf(textOf(row, 'metadata')),
    kind: kinds.find((known) => known === row.kind) ?? 'text',
    section: stringsOf(row, 'section'),
    locator: textOf(row, 'locator'),
    hash: textOf(row, 'hash'),
    text: textOf(row, 'text'),
    ...(typeof rowNumbers === 'string' ? { rowNumbers: numbers(rowNumbers) } : {}),
    ...(row.headerless === 1 ? { headerless: true } : {}),
  }
}
