import type { OpenSearchOptions } from '../adapters/opensearch/options.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'

/** How OpenSearch is reached by this configuration. */
export function openSearchOptions(config: Config, logger: Logger): OpenSearchOptions {
  return {
    url: config.OPENSEARCH_URL,
    dialect: config.OPENSEARCH_DIALECT,
    auth: config.OPENSEARCH_AUTH,
    username: config.OPENSEARCH_USERNAME,
    password: config.OPENSEARCH_PASSWORD,
    region: config.AWS_REGION,
    index: config.OPENSEARCH_INDEX,
    language: config.SEARCH_LANGUAGE,
    engine: config.OPENSEARCH_ENGINE,
    space: config.OPENSEARCH_SPACE,
    shards: config.OPENSEARCH_SHARDS,
    replicas: config.OPENSEARCH_REPLICAS,
    dimensions: dimensionsOf(config),
    visibilityMs: config.OPENSEARCH_VISIBILITY_MS,
    timeoutMs: config.OPENSEARCH_TIMEOUT_MS,
    coldTimeoutMs: config.OPENSEARCH_COLD_TIMEOUT_MS,
    maxAttempts: config.AWS_MAX_ATTEMPTS,
    concurrency: config.UPSTREAM_CONCURRENCY,
    queue: config.UPSTREAM_QUEUE,
    breakerFailures: config.BREAKER_FAILURES,
    breakerOpenMs: config.BREAKER_OPEN_MS,
    bulkBytes: config.OPENSEARCH_BULK_BYTES,
    bulkConcurrency: config.OPENSEARCH_BULK_CONCURRENCY,
    logger,
  }
}

/** Those that are known before a vector was made; others are added when the first one comes. */
export function dimensionsOf(config: Config): number[] {
  if (config.EMBEDDER === 'bedrock') return [config.BEDROCK_EMBEDDING_DIMENSIONS]
  const { OPENAI_EMBEDDING_DIMENSIONS: asked } = config
  return config.EMBEDDER === 'openai-compatible' && asked > 0 ? [asked] : []
}
