import { isDeepStrictEqual } from 'node:util'
import { KassError } from '../errors.ts'
import type { Attributes, Metadata } from './document.ts'

/** What a document's attributes may be at most. Lengths count characters, `metadataBytes` the metadata as JSON. */
export const attributeLimits = { title: 300, names: 32, name: 64, keys: 64, metadataBytes: 2048 } as const

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const controlCharacters = /[\u0000-\u001f\u007f]/
/** Names that would reach into an object's prototype wherever a map is copied without care. */
const reservedKeys = new Set(['__proto__', 'constructor', 'prototype'])

function refuse(place: string, why: string): never {
  throw new KassError('invalid_metadata', { detail: `${place} ${why}.`, place })
}

/** One line of well-formed text in NFC without white space around it. */
function line(value: unknown, place: string, max: number): string {
  if (typeof value !== 'string') refuse(place, 'must be text')
  const text = value.normalize('NFC').trim()
  if (!text.isWellFormed()) refuse(place, 'is not well-formed Unicode')
  if (controlCharacters.test(text)) refuse(place, 'has control characters')
  if (text === '') refuse(place, 'is empty')
  if ([...text].length > max) refuse(place, `is longer than ${max} characters`)
  return text
}

function names(value: unknown, place: string): string[] {
  if (!Array.isArray(value)) refuse(place, 'must be a list of texts')
  const found = new Set(value.map((entry) => line(entry, place, attributeLimits.name)))
  if (found.size > attributeLimits.names) refuse(place, `has more than ${attributeLimits.names} entries`)
  return [...found]
}

/** Whether a text is the name of a group as documents hold it, to the letter. */
export function isGroup(text: string): boolean {
  try {
    return groupNames([text])[0] === text
  } catch {
    return false
  }
}

function groupNames(value: unknown): string[] {
  const groups = names(value, 'groups')
  if (groups.includes('*')) refuse('groups', 'may not hold "*": leave groups empty to admit everyone in the tenant')
  return groups
}

function metadataValue(value: unknown, place: string): Metadata[string] {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  if (typeof value !== 'string') refuse(place, 'must be text, a number, true or false')
  if (!value.isWellFormed() || value.includes('\0')) refuse(place, 'is not well-formed Unicode')
  return value.normalize('NFC')
}

function metadataMap(value: unknown): Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse('metadata', 'must be an object, for example {"department": "Sales", "year": 2026}')
  }
  const entries = Object.entries(value)
  if (entries.length > attributeLimits.keys) refuse('metadata', `has more than ${attributeLimits.keys} entries`)
  const map: Metadata = {}
  for (const [given, entry] of entries) {
    const key = line(given, 'metadata', attributeLimits.name)
    if (reservedKeys.has(key)) refuse('metadata', `may not have an entry "${key}"`)
    map[key] = metadataValue(entry, `metadata.${key}`)
  }
  if (Buffer.byteLength(JSON.stringify(map)) > attributeLimits.metadataBytes) {
    refuse('metadata', `is larger than ${attributeLimits.metadataBytes} bytes`)
  }
  return map
}

/**
 * Checks and normalises what was said of a document. What was not said stays unsaid.
 * @throws KassError invalid_metadata, with the field as its place
 */
export function parseAttributes(given: { [K in keyof Attributes]?: unknown }): Partial<Attributes> {
  const said: Partial<Attributes> = {}
  if (given.title !== undefined) said.title = line(given.title, 'title', attributeLimits.title)
  if (given.groups !== undefined) said.groups = groupNames(given.groups)
  if (given.tags !== undefined) said.tags = names(given.tags, 'tags')
  if (given.metadata !== undefined) said.metadata = metadataMap(given.metadata)
  return said
}

/**
 * A list as forms send it: the field once for each entry, or a JSON array, or entries with commas between them. An
 * entry that has a comma of its own needs the JSON array. Empty texts say that there are no entries.
 * @throws KassError invalid_metadata
 */
export function listFromForm(texts: readonly string[], place: string): unknown[] {
  return texts.flatMap((text): unknown[] => {
    if (!text.trimStart().startsWith('[')) {
      return text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
    }
    const parsed = fromJson(text, place)
    return Array.isArray(parsed) ? parsed : refuse(place, 'must be a list')
  })
}

/**
 * JSON that stands in a form's field.
 * @throws KassError invalid_metadata
 */
export function fromJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse(place, 'is not valid JSON')
  }
}

/** Whether everything that is said holds already; what is not said does not count, and neither does order. */
export function sameAttributes(said: Partial<Attributes>, record: Attributes): boolean {
  const sorted = (list: readonly string[]) => [...list].sort()
  return (
    (said.title === undefined || said.title === record.title) &&
    (said.groups === undefined || isDeepStrictEqual(sorted(said.groups), sorted(record.groups))) &&
    (said.tags === undefined || isDeepStrictEqual(sorted(said.tags), sorted(record.tags))) &&
    (said.metadata === undefined || isDeepStrictEqual(said.metadata, record.metadata))
  )
}
