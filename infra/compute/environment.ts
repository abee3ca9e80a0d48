import type * as pulumi from '@pulumi/pulumi'
import type { SettingKey } from '../../shared/config.ts'
import type { Base } from '../base.ts'
import type { OidcEnvironment } from '../entry/user-pool.ts'
import { apiPort } from '../network/firewall.ts'
import type { Queues } from '../queues/queues.ts'
import type { Search } from '../search/search.ts'
import type { Buckets } from '../storage/buckets.ts'
import type { Tables } from '../storage/tables.ts'
import { namespaceOf } from '../watch/series.ts'

/** Every setting of the program, by its name: a value, or undefined where the program's own default holds. */
export type Environment = Readonly<Record<SettingKey, pulumi.Input<string> | undefined>>

export interface EnvironmentParts {
  buckets: Buckets
  tables: Tables
  queues: Queues
  search: Search
  /** Whoever gives out tokens, where there is one. */
  oidc: OidcEnvironment | undefined
}

/** Where the scratch volume is mounted: the only place that a container may write to. */
export const scratchPath = '/tmp'

/**
 * The containers' settings. A setting that is not named here does not compile, so nobody forgets to decide about a new
 * one. Secrets are not among them: they are injected.
 */
export function environment({ config }: Base, parts: EnvironmentParts): Environment {
  const { buckets, tables, queues, search, oidc = {} } = parts
  return {
    STORAGE: 'aws',
    AUTH: parts.oidc ? 'oidc' : 'keys',
    HOST: '0.0.0.0',
    PORT: String(apiPort),
    KASS_DATA: `${scratchPath}/kass`,
    LOG_LEVEL: undefined,
    HEARTBEAT_FILE: `${scratchPath}/kass-worker-heartbeat`,
    // Less than the stopTimeout of the containers, closing included.
    DRAIN_MS: '100000',
    HEARTBEAT_MS: undefined,
    // The schedules in EventBridge do both.
    SWEEP_EVERY_MS: '0',
    COMPARE_EVERY_MS: '0',

    AWS_REGION: config.region,
    AWS_ENDPOINT_URL: undefined,
    AWS_ENDPOINT_URL_S3: undefined,
    AWS_ENDPOINT_URL_SQS: undefined,
    AWS_ENDPOINT_URL_DYNAMODB: undefined,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: undefined,
    AWS_MAX_ATTEMPTS: undefined,
    AWS_TIMEOUT_MS: undefined,
    UPSTREAM_CONCURRENCY: undefined,
    UPSTREAM_QUEUE: undefined,
    BREAKER_FAILURES: undefined,
    BREAKER_OPEN_MS: undefined,

    DOCUMENTS_BUCKET: buckets.documents.bucket,
    DERIVED_BUCKET: buckets.derived.bucket,
    S3_PUBLIC_URL: undefined,
    INGEST_QUEUE_URL: queues.ingest.url,
    DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
    QUEUE_WAIT_SECONDS: undefined,
    DOCUMENTS_TABLE: tables.tables.documents.name,
    CONVERSATIONS_TABLE: tables.tables.conversations.name,
    CACHE_TABLE: tables.tables.cache.name,
    ACCESS_TABLE: tables.tables.access.name,
    OBJECT_REVISIONS: undefined,

    OPENSEARCH_URL: search.url,
    OPENSEARCH_DIALECT: search.dialect,
    OPENSEARCH_AUTH: 'sigv4',
    OPENSEARCH_USERNAME: undefined,
    OPENSEARCH_PASSWORD: undefined,
    OPENSEARCH_INDEX: undefined,
    OPENSEARCH_ENGINE: search.engine,
    OPENSEARCH_SPACE: undefined,
    OPENSEARCH_SHARDS: undefined,
    OPENSEARCH_REPLICAS: String(search.replicas),
    OPENSEARCH_VISIBILITY_MS: undefined,
    OPENSEARCH_TIMEOUT_MS: undefined,
    OPENSEARCH_COLD_TIMEOUT_MS: undefined,
    OPENSEARCH_BULK_BYTES: undefined,
    OPENSEARCH_BULK_CONCURRENCY: undefined,

    CHAT_MODEL: config.chatModel,
    EMBEDDER: config.embedder,
    RERANKER: config.reranker,
    BEDROCK_STRONG_MODEL: config.strongModel,
    BEDROCK_FAST_MODEL: config.fastModel,
    BEDROCK_EMBEDDING_MODEL: config.embeddingModel,
    BEDROCK_RERANK_MODEL: config.rerankModel,
    BEDROCK_EMBEDDING_DIMENSIONS: String(config.embeddingDimensions),
    BEDROCK_GUARDRAIL_ID: config.guardrailId,
    BEDROCK_GUARDRAIL_VERSION: config.guardrailVersion,
    RERANK_DEPTH: undefined,
    RERANK_TIMEOUT_MS: undefined,
    OPENAI_URL: config.openaiUrl,
    // Injected from Secrets Manager (secrets.ts).
    OPENAI_API_KEY: undefined,
    OPENAI_CHAT_MODEL: config.openaiChatModel,
    OPENAI_CONTEXT_TOKENS: undefined,
    OPENAI_EMBEDDINGS_URL: undefined,
    OPENAI_EMBEDDING_MODEL: undefined,
    OPENAI_EMBEDDING_DIMENSIONS: undefined,
    OPENAI_EMBEDDING_BATCH: undefined,
    MODEL_TIMEOUT_MS: undefined,
    MODEL_CONCURRENCY: undefined,
    ANSWER_TOKENS: undefined,
    MEMORY_TOKENS: undefined,
    CACHE_TTL_MS: undefined,

    OIDC_ISSUER: oidc.OIDC_ISSUER,
    OIDC_AUDIENCE: oidc.OIDC_AUDIENCE,
    OIDC_JWKS_URL: undefined,
    OIDC_ALGORITHMS: undefined,
    OIDC_TOKEN_USE: undefined,
    OIDC_SUBJECT_CLAIM: undefined,
    OIDC_TENANT_CLAIM: undefined,
    OIDC_DEFAULT_TENANT: oidc.OIDC_DEFAULT_TENANT,
    OIDC_GROUPS_CLAIM: oidc.OIDC_GROUPS_CLAIM,
    OIDC_GROUPS_PREFIX: undefined,
    OIDC_SCOPES_CLAIM: undefined,
    OIDC_SCOPES_PREFIX: oidc.OIDC_SCOPES_PREFIX,
    OIDC_SCOPES_MAP: undefined,
    OIDC_DEFAULT_SCOPES: undefined,
    OIDC_CLOCK_TOLERANCE_MS: undefined,
    OIDC_JWKS_REFRESH_MS: undefined,
    OIDC_JWKS_MAX_AGE_MS: undefined,
    OIDC_JWKS_COOLDOWN_MS: undefined,
    OIDC_TIMEOUT_MS: undefined,
    OIDC_CLIENT_ID: oidc.OIDC_CLIENT_ID,
    OIDC_LOGIN_SCOPES: oidc.OIDC_LOGIN_SCOPES,

    // CloudWatch reads the metrics out of the log; traces go to the collector beside the container.
    METRICS: 'emf',
    METRICS_EVERY_MS: undefined,
    METRICS_ACCESS: undefined,
    METRICS_NAMESPACE: namespaceOf(config),
    WORKER_METRICS_HOST: undefined,
    WORKER_METRICS_PORT: undefined,
    TRACES: config.collector ? 'otlp' : 'none',
    TRACES_RATIO: String(config.traceSampling),
    OTEL_EXPORTER_OTLP_ENDPOINT: config.collector ? 'http://127.0.0.1:4318' : undefined,
    OTEL_EXPORTER_OTLP_HEADERS: undefined,
    OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${config.stack}`,
    SLOW_REQUEST_MS: undefined,

    RETAIN_CONVERSATIONS_DAYS: undefined,
    RETAIN_TRACES_DAYS: undefined,
    RETAIN_FEEDBACK_DAYS: undefined,
    RETAIN_FAILED_DAYS: undefined,

    SEARCH_LANGUAGE: undefined,
    SEARCH_DEPTH: undefined,
    CHUNK_TOKENS: undefined,
    CHUNK_OVERLAP: undefined,
    MAX_UPLOAD_BYTES: undefined,
    MAX_BODY_BYTES: undefined,
    MAX_MESSAGE_CHARS: undefined,
    MAX_INFLATED_BYTES: undefined,
    MAX_INFLATION_RATIO: undefined,
    MAX_UNITS: undefined,
    MAX_TEXT_BYTES: undefined,
    EXTRACT_TIMEOUT_MS: undefined,
    EXTRACT_MEMORY_MB: undefined,
    RATE_PER_MINUTE: undefined,
    RATE_BURST: undefined,
    MAX_EVENT_LOOP_DELAY_MS: undefined,
    MAX_CHATS: undefined,
    REQUEST_TIMEOUT_MS: undefined,
    WORKER_CONCURRENCY: undefined,
    WORKER_THREADS: undefined,
    LEASE_MS: undefined,
    CRASH_LIMIT: undefined,
    RETRY_BASE_MS: undefined,
    RETRY_MAX_MS: undefined,
    RETRY_FOR_MS: undefined,
    QUEUE_MAX_RECEIVES: undefined,
  }
}
