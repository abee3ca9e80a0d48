import { isObject, type JsonObject, mapObjects, objectsIn } from './json.ts'
import { type Reply, refusal } from './reply.ts'

/** Collections of the classic generation name an engine of their choice; those of the new one do not let anyone. */
export type Mode = 'classic' | 'nextgen'

const isVectorField = (field: JsonObject) => field.type === 'knn_vector'
const methodOf = (field: JsonObject) => (isObject(field.method) ? field.method : {})

/** The answer to a mapping with an engine that the collection does not take; undefined when it does. */
export function refusedEngine(body: unknown, mode: Mode): Reply | undefined {
  for (const field of objectsIn(body)) {
    const engine = isVectorField(field) ? methodOf(field).engine : undefined
    if (engine === undefined) continue
    if (mode === 'nextgen') return refusal(400, 'mapper_parsing_exception', "Field parameter 'engine' is not supported")
    if (engine !== 'faiss' && engine !== 'nmslib') {
      return refusal(400, 'mapper_parsing_exception', `Engine [${String(engine)}] is not supported`)
    }
  }
  return undefined
}

/** The node has neither the faiss library nor what only faiss knows, so the vectors go to Lucene there. */
export function forNode(body: unknown): unknown {
  return mapObjects(body, (field) => {
    if (!isVectorField(field)) return field
    const { mode, compression_level, ...rest } = field
    const { name, parameters, space_type } = methodOf(field)
    const { m, ef_construction } = isObject(parameters) ? parameters : {}
    const kept = Object.entries({ m, ef_construction }).filter(([, value]) => value !== undefined)
    return {
      ...rest,
      method: {
        name: name ?? 'hnsw',
        engine: 'lucene',
        ...(space_type !== undefined && { space_type }),
        ...(kept.length > 0 && { parameters: Object.fromEntries(kept) }),
      },
    }
  })
}

/** The other way round: a mapping that was read shows the engine that the collection would have. */
export function forCaller(body: unknown, mode: Mode): unknown {
  return mapObjects(body, (field) => {
    if (!isVectorField(field)) return field
    const { engine, ...method } = methodOf(field)
    return { ...field, method: mode === 'classic' ? { ...method, engine: 'faiss' } : method }
  })
}

/** Vector fields of an index and how many dimensions they have, from what the node tells of its mapping. */
export function dimensionsOf(mappings: unknown): Map<string, number> {
  const found = new Map<string, number>()
  for (const { properties } of objectsIn(mappings)) {
    if (!isObject(properties)) continue
    for (const [name, field] of Object.entries(properties)) {
      if (isObject(field) && isVectorField(field) && typeof field.dimension === 'number') {
        found.set(name, field.dimension)
      }
    }
  }
  return found
}
