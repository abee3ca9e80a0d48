export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that a text holds; undefined when it holds none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A copy in which every object that `change` knows is replaced by what it gives, at any depth. */
export function mapObjects(value: unknown, change: (found: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(change(value)).map(([key, item]) => [key, mapObjects(item, change)]))
}

/** Every object within a value, itself included. */
export function* objectsIn(value: unknown): Generator<JsonObject> {
  if (isObject(value)) yield value
  if (typeof value !== 'object' || value === null) return
  for (const item of Object.values(value)) yield* objectsIn(item)
}
