import { integer, mebi, oneOf, type Setting, secret, text, url } from './kinds.ts'

export const opensearchSettings = {
  OPENSEARCH_URL: url('Address of OpenSearch'),
  OPENSEARCH_DIALECT: oneOf('What kind of OpenSearch it is', 'domain', 'domain', 'serverless'),
  OPENSEARCH_AUTH: oneOf('How requests to it are signed', 'sigv4', 'sigv4', 'basic', 'none'),
  OPENSEARCH_USERNAME: text('Name for OPENSEARCH_AUTH=basic'),
  OPENSEARCH_PASSWORD: secret('Password for OPENSEARCH_AUTH=basic'),
  OPENSEARCH_INDEX: text('Index of the chunks', 'knowledge_base'),
  OPENSEARCH_ENGINE: oneOf(
    'Engine of the vector index; provider: whatever it chooses',
    'lucene',
    'lucene',
    'faiss',
    'provider',
  ),
  OPENSEARCH_SPACE: oneOf('How vectors are compared', 'cosinesimil', 'cosinesimil', 'innerproduct'),
  OPENSEARCH_SHARDS: integer('Primary shards of a new index', 1, 1, 1000),
  OPENSEARCH_REPLICAS: integer('Replicas of a new index', 1, 0, 10),
  OPENSEARCH_VISIBILITY_MS: integer(
    'After this time what was written is found; 0: as the dialect promises',
    0,
    0,
    600_000,
  ),
  OPENSEARCH_TIMEOUT_MS: integer('Longest time for one request to it, retries included', 10_000, 50, 120_000),
  OPENSEARCH_COLD_TIMEOUT_MS: integer(
    'The same for the first answers of a serverless collection, which may have to wake up',
    45_000,
    50,
    300_000,
  ),
  OPENSEARCH_BULK_BYTES: integer('Largest bulk request', 5 * mebi, 10_000, 50 * mebi),
  OPENSEARCH_BULK_CONCURRENCY: integer('Bulk requests under way at once, for each process', 4, 1, 64),
} as const satisfies Record<string, Setting<unknown>>
