import type { Config } from '../config.ts'
import { isLoopback } from './loopback.ts'

/** What single values cannot show: settings that need, or exclude, each other. */
export function* contradictions(config: Config): Iterable<string> {
  if (config.AUTH === 'loopback' && !isLoopback(config.HOST)) {
    yield `HOST=${config.HOST} listens beyond this machine, which AUTH=loopback does not protect: set AUTH=keys and make a key with "kass keys create"`
  }
  if (config.AUTH === 'oidc') yield* faultsOfOidc(config)
  if (config.CHAT_MODEL === 'openai-compatible') {
    if (config.OPENAI_URL === '') yield 'OPENAI_URL is needed by CHAT_MODEL=openai-compatible'
    if (config.OPENAI_CHAT_MODEL === '') yield 'OPENAI_CHAT_MODEL is needed by CHAT_MODEL=openai-compatible'
  }
  if (config.EMBEDDER === 'openai-compatible') {
    if (config.OPENAI_EMBEDDINGS_URL === '' && config.OPENAI_URL === '')
      yield 'OPENAI_EMBEDDINGS_URL or OPENAI_URL is needed by EMBEDDER=openai-compatible'
    if (config.OPENAI_EMBEDDING_MODEL === '') yield 'OPENAI_EMBEDDING_MODEL is needed by EMBEDDER=openai-compatible'
  }
  if (config.STORAGE === 'aws') yield* missingForAws(config)
  if (config.CHAT_MODEL === 'bedrock' || config.EMBEDDER === 'bedrock' || config.RERANKER === 'bedrock') {
    if (config.AWS_REGION === '') yield 'AWS_REGION is needed by everything that runs on Bedrock'
  }
  if (config.CHUNK_OVERLAP * 2 > config.CHUNK_TOKENS) yield 'CHUNK_OVERLAP must be at most half of CHUNK_TOKENS'
  if (config.MEMORY_TOKENS + config.ANSWER_TOKENS > config.OPENAI_CONTEXT_TOKENS)
    yield 'MEMORY_TOKENS and ANSWER_TOKENS together must fit into OPENAI_CONTEXT_TOKENS'
  if (
    config.METRICS.includes('prometheus') &&
    config.METRICS_ACCESS !== 'open' &&
    !isLoopback(config.WORKER_METRICS_HOST)
  )
    yield `WORKER_METRICS_HOST=${config.WORKER_METRICS_HOST} answers everyone beyond this machine, without keys: set METRICS_ACCESS=open if that is meant`
}

const neededByAws = [
  'AWS_REGION',
  'DOCUMENTS_BUCKET',
  'DERIVED_BUCKET',
  'INGEST_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'DOCUMENTS_TABLE',
  'CONVERSATIONS_TABLE',
  'CACHE_TABLE',
  'ACCESS_TABLE',
  'OPENSEARCH_URL',
] as const satisfies readonly (keyof Config)[]

function* missingForAws(config: Config): Iterable<string> {
  for (const key of neededByAws) if (config[key] === '') yield `${key} is needed by STORAGE=aws`
  if (config.OPENSEARCH_DIALECT === 'serverless' && config.OPENSEARCH_ENGINE === 'lucene')
    yield 'OPENSEARCH_DIALECT=serverless has no lucene: set OPENSEARCH_ENGINE to faiss (classic collections) or provider'
  if (config.OPENSEARCH_AUTH === 'basic' && (config.OPENSEARCH_USERNAME === '' || config.OPENSEARCH_PASSWORD === ''))
    yield 'OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD are needed by OPENSEARCH_AUTH=basic'
}

function* faultsOfOidc(config: Config): Iterable<string> {
  if (config.OIDC_ISSUER === '') yield 'OIDC_ISSUER is needed by AUTH=oidc'
  if (config.OIDC_AUDIENCE.length === 0)
    yield 'OIDC_AUDIENCE is needed by AUTH=oidc: tokens made for others are refused'
  if (config.OIDC_ALGORITHMS.length === 0) yield 'OIDC_ALGORITHMS is needed by AUTH=oidc'
  if (config.OIDC_SUBJECT_CLAIM === '') yield 'OIDC_SUBJECT_CLAIM is needed by AUTH=oidc'
  for (const key of ['OIDC_ISSUER', 'OIDC_JWKS_URL'] as const) {
    // Who can change what comes over the network could put in keys of his own.
    if (config[key].startsWith('http:') && !isLoopback(new URL(config[key]).hostname.replace(/^\[|\]$/g, '')))
      yield `${key} must begin with https: unless it names this machine`
  }
  if (config.OIDC_TENANT_CLAIM === '' && config.OIDC_DEFAULT_TENANT === '')
    yield 'OIDC_TENANT_CLAIM or OIDC_DEFAULT_TENANT is needed by AUTH=oidc: no token would have a tenant'
  if (config.OIDC_SCOPES_CLAIM === '' && config.OIDC_DEFAULT_SCOPES.length === 0)
    yield 'OIDC_SCOPES_CLAIM or OIDC_DEFAULT_SCOPES is needed by AUTH=oidc: no token would allow anything'
  if (config.OIDC_JWKS_REFRESH_MS > config.OIDC_JWKS_MAX_AGE_MS)
    yield 'OIDC_JWKS_REFRESH_MS must be at most OIDC_JWKS_MAX_AGE_MS'
  if (config.OIDC_JWKS_COOLDOWN_MS > config.OIDC_JWKS_REFRESH_MS)
    yield 'OIDC_JWKS_COOLDOWN_MS must be at most OIDC_JWKS_REFRESH_MS'
}
