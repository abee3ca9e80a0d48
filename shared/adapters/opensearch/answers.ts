import { unreadable } from './errors.ts'

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws KassError search_unavailable when the value is not what OpenSearch says there */
export function objectIn(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw unreadable(what)
  return value
}

/** The objects of a list. @throws KassError search_unavailable when it is none */
export function objectsIn(value: unknown, what: string): JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw unreadable(what)
  return value
}

export function textIn(value: unknown, what: string): string {
  if (typeof value !== 'string') throw unreadable(what)
  return value
}

export function numberIn(value: unknown, what: string): number {
  if (typeof value !== 'number') throw unreadable(what)
  return value
}

/** The texts of a list that may be absent. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/**
 * The hits of a search.
 * @throws KassError search_unavailable when they are not all: a shard that failed would look like documents that are gone
 */
export function hitsOf(answer: JsonObject): JsonObject[] {
  whole(answer)
  return objectsIn(objectIn(answer.hits, 'hits').hits, 'list of hits')
}

/** @throws KassError search_unavailable when shards of a search failed, or ran out of time */
export function whole(answer: JsonObject): void {
  const shards = objectIn(answer._shards, 'shards')
  if (shards.failed !== 0 || answer.timed_out === true) throw unreadable('result of every shard')
}

/** The type of the error that an answer, or an item of one, carries. */
export function errorType(value: unknown): string | undefined {
  const error = isObject(value) ? value.error : undefined
  if (!isObject(error)) return undefined
  return typeof error.type === 'string' ? error.type : undefined
}
