import { pino } from 'pino'
import type { Test } from 'tap'
import { endpoints, region, uniqueName } from '../../../../test/stack/endpoints.ts'
import { createOpenSearchIndex } from '../index.ts'
import type { OpenSearchOptions } from '../options.ts'
import { createRequests } from '../requests.ts'

/** Longer than the collection of the tests hides what was written to it, and than a busy machine needs for a refresh. */
const visibilityMs = 15_000

/** Options for the real node, as one process would have them; one node has no replicas, and its zip no faiss. */
export function domainOptions(about: Partial<OpenSearchOptions> = {}): OpenSearchOptions {
  return {
    url: about.url ?? endpoints.opensearch,
    dialect: 'domain',
    auth: 'none',
    index: uniqueName('index'),
    language: 'english',
    engine: 'lucene',
    space: 'cosinesimil',
    shards: 1,
    replicas: 0,
    dimensions: [],
    visibilityMs,
    timeoutMs: 20_000,
    coldTimeoutMs: 45_000,
    maxAttempts: 3,
    concurrency: 64,
    queue: 1_000,
    breakerFailures: 10,
    breakerOpenMs: 100,
    bulkBytes: 5 * 1024 * 1024,
    bulkConcurrency: 4,
    logger: pino({ level: 'silent' }),
    ...about,
  }
}

/** Options for the proxy that is as limited as a collection. */
export function serverlessOptions(about: Partial<OpenSearchOptions> = {}): OpenSearchOptions {
  return domainOptions({
    url: about.url ?? endpoints.serverless,
    dialect: 'serverless',
    auth: 'sigv4',
    region,
    engine: 'faiss',
    ...about,
  })
}

/** Straight to the node, past every proxy. */
export async function onNode(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${endpoints.opensearch}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

/** The collection must know, or what it still hides would make the index anew. */
async function dropHeld(options: OpenSearchOptions): Promise<void> {
  const requests = createRequests(options)
  await requests.send({ method: 'DELETE', path: `/${options.index}`, accept: [404] })
  await requests.close()
}

/** An index that is closed with the test, and removed from the node with its template. */
export function openIndex(t: Test, options: OpenSearchOptions) {
  const index = createOpenSearchIndex(options)
  t.teardown(async () => {
    await index.close()
    if (options.dialect === 'serverless') await dropHeld(options)
    await onNode('DELETE', `/${options.index}?ignore_unavailable=true`)
    await onNode('DELETE', `/_index_template/${options.index}`)
  })
  return index
}
