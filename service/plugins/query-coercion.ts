import type { App } from '../deps.ts'

function integerFields(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return []
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    typeof property === 'object' && property !== null && 'type' in property && property.type === 'integer'
      ? [name]
      : [],
  )
}

/**
 * Query strings know only text: whole numbers are read there, and only there, before validation. A JSON body must have
 * the right types by itself, so Ajv coerces nothing.
 */
export function addQueryCoercion(app: App): void {
  app.addHook('preValidation', async (request) => {
    const { query } = request
    if (typeof query !== 'object' || query === null) return
    const numbers = integerFields(request.routeOptions.schema?.querystring)
    for (const [name, value] of Object.entries(query)) {
      if (!numbers.includes(name) || typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) continue
      Object.assign(query, { [name]: Number(value) })
    }
  })
}
