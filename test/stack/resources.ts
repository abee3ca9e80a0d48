import { endpoints, region, uniqueName } from './endpoints.ts'

/** Which kind of OpenSearch the settings name. */
export interface ResourceOptions {
  dialect?: 'domain' | 'serverless'
  visibilityMs?: number
}

/**
 * The settings of a KASS on AWS with everything of its own: tables, buckets, queues and index that nobody else uses.
 * Nothing is made yet: `node tools/provision.ts` does, with these settings.
 */
export function freshResources({ dialect = 'domain', visibilityMs }: ResourceOptions = {}): Record<string, string> {
  const name = uniqueName('t')
  const queue = (suffix: string) => `${endpoints.aws}/000000000000/${name}-${suffix}`
  return {
    STORAGE: 'aws',
    AWS_REGION: region,
    AWS_ENDPOINT_URL: endpoints.aws,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    DOCUMENTS_BUCKET: `${name}-documents`,
    DERIVED_BUCKET: `${name}-derived`,
    INGEST_QUEUE_URL: queue('ingest'),
    DEAD_LETTER_QUEUE_URL: queue('dead'),
    // The long poll of a killed process lives on in the emulator, and swallows what comes meanwhile.
    QUEUE_WAIT_SECONDS: '1',
    DOCUMENTS_TABLE: `${name}-documents`,
    CONVERSATIONS_TABLE: `${name}-conversations`,
    CACHE_TABLE: `${name}-cache`,
    ACCESS_TABLE: `${name}-access`,
    OPENSEARCH_URL: dialect === 'serverless' ? endpoints.serverless : endpoints.opensearch,
    OPENSEARCH_DIALECT: dialect,
    OPENSEARCH_AUTH: dialect === 'serverless' ? 'sigv4' : 'none',
    OPENSEARCH_INDEX: name,
    // A classic collection takes no other; the proxy makes of it what the node behind it has.
    ...(dialect === 'serverless' && { OPENSEARCH_ENGINE: 'faiss' }),
    OPENSEARCH_REPLICAS: '0',
    ...(visibilityMs !== undefined && { OPENSEARCH_VISIBILITY_MS: String(visibilityMs) }),
  }
}
