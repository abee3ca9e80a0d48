import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@opensearch-project/opensearch'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws'
import type { Test } from 'tap'
import { endpoints, uniqueName } from '../../../test/stack/endpoints.ts'
import { type JsonObject, parseObject } from '../serverless/json.ts'
import { type ServerlessOptions, startServerlessProxy } from '../serverless-proxy.ts'

/** An empty collection with a signed client, and shorter words for what the tests ask it. */
export async function collection(t: Test, options: Partial<ServerlessOptions> = {}) {
  const proxy = await startServerlessProxy({ upstream: endpoints.opensearch, ...options })
  const getCredentials = async () => ({ accessKeyId: 'test', secretAccessKey: 'test' })
  const signer = AwsSigv4Signer({ region: 'us-east-1', service: 'aoss', getCredentials })
  const client = new Client({ ...signer, node: proxy.url, maxRetries: 0 })
  const index = uniqueName('serverless')
  t.teardown(async () => {
    await client.indices.delete({ index, ignore_unavailable: true })
    await client.close()
    await proxy.close()
  })
  const raw = (method: string, path: string, body?: string | object) =>
    client.transport.request({ method, path, ...(body !== undefined && { body }) })
  return {
    proxy,
    client,
    index,
    raw,
    create: (engine = 'faiss') => raw('PUT', `/${index}`, knnIndex(engine)),
    search: async (body: object) => (await raw('POST', `/${index}/_search`, body)).body,
    /** As the service wants it: the client itself would say PUT. */
    bulk: (...lines: object[]) =>
      raw('POST', `/${index}/_bulk`, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`).then(
        ({ body }) => body,
      ),
    found: async (text: string): Promise<string[]> => {
      const { body } = await raw('POST', `/${index}/_search`, { query: { match: { text } } })
      return body.hits.hits.map((hit: { _id: string }) => hit._id)
    },
  }
}

/** An index with a text, an ordinal and a vector of three dimensions. */
export function knnIndex(engine: string | undefined) {
  const method = { name: 'hnsw', space_type: 'cosinesimil', ...(engine !== undefined && { engine }) }
  return {
    settings: { index: { knn: true } },
    mappings: {
      properties: {
        text: { type: 'text' },
        ordinal: { type: 'integer' },
        vector: { type: 'knn_vector', dimension: 3, method },
      },
    },
  }
}

/** The status of an answer, be it an error or not. */
export async function statusOf(call: PromiseLike<{ statusCode: number | null }>): Promise<unknown> {
  try {
    return (await call).statusCode
  } catch (error) {
    return error instanceof Error ? Reflect.get(error, 'statusCode') : undefined
  }
}

/** Tells or changes how a proxy behaves. @throws when it does not take the change */
export async function control(url: string, change?: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${url}/_control`, change && { method: 'POST', body: JSON.stringify(change) })
  const text = await response.text()
  const told = parseObject(text)
  if (!response.ok || !told) throw new Error(`/_control answered ${response.status}: ${text}`)
  return told
}

/** Looks until what is seen is right, for half a minute at most; gives what was seen last. */
export async function eventually<T>(look: () => Promise<T>, isRight: (found: T) => boolean): Promise<T> {
  const until = performance.now() + 30_000
  for (;;) {
    const found = await look()
    if (isRight(found) || performance.now() > until) return found
    await pause(20)
  }
}
