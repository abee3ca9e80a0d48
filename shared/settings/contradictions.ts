import type { Config } from '../config.ts'
import { isLoopback } from './loopback.ts'

/** What single values cannot show: settings that need, or exclude, each other. */
export function* contradictions(config: Config): Iterable<string> {
  if (config.AUTH === 'loopback' && !isLoopback(config.HOST)) {
    yield `HOST=${config.HOST} listens beyond this machine, which AUTH=loopback does not protect: set AUTH=keys and make a key with "kass keys create"`
  }
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
