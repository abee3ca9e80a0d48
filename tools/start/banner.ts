import type { Config } from '../../shared/config.ts'
import { dataOf } from '../cli/data-of.ts'

function answers(config: Config): string {
  if (config.CHAT_MODEL === 'extractive') {
    return 'quoted from the documents, no language model (CHAT_MODEL=extractive)'
  }
  if (config.CHAT_MODEL === 'bedrock') return `written by ${config.BEDROCK_STRONG_MODEL || 'a Claude model'} on Bedrock`
  return `written by ${config.OPENAI_CHAT_MODEL} at ${config.OPENAI_URL}`
}

function search(config: Config): string {
  if (config.EMBEDDER === 'none') return 'by text only (EMBEDDER=none; with an embeddings URL by meaning too)'
  if (config.EMBEDDER === 'bedrock') return 'by text and by meaning (an embedding model on Bedrock)'
  return `by text and by meaning (${config.OPENAI_EMBEDDING_MODEL} at ${config.OPENAI_EMBEDDINGS_URL || config.OPENAI_URL})`
}

function access(config: Config): string {
  if (config.AUTH === 'keys') return 'with an API key; make one with: ./kass keys create --name "my laptop"'
  if (config.AUTH === 'oidc') return `with a token of ${config.OIDC_ISSUER}, or an API key`
  return 'without keys, so this machine only is answered (AUTH=loopback)'
}

/** What people need to know once everything is up. */
export function banner(config: Config, url: string, startMs: number): string {
  const rows = [
    ['Listening', url],
    ['Try it', `${url}/docs (Swagger UI)`],
    ['Data', dataOf(config)],
    ['Answers', answers(config)],
    ['Search', search(config)],
    ['Access', access(config)],
    ['Documents', './kass ingest <folder or file>, then: ./kass ask "…"'],
    ['Stop', 'Ctrl-C'],
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(10)} ${value}`)
  return `\nKASS is ready after ${(startMs / 1000).toFixed(1)} s.\n${lines.join('\n')}\n\n`
}

/** A field of a value that came from outside; undefined when the value has no such field. */
function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** A log line as a person at a terminal needs it; undefined for what only a log collector needs. */
export function readableLog(line: string): string | undefined {
  let entry: unknown
  try {
    entry = JSON.parse(line)
  } catch {
    return line
  }
  const level = field(entry, 'level')
  if (level === undefined) return field(entry, '_aws') === undefined ? line : undefined
  if (level !== 'WARN' && level !== 'ERROR' && level !== 'FATAL') return undefined
  const parts = [field(entry, 'message'), field(field(entry, 'err'), 'message')]
  return `${level} ${field(entry, 'service') ?? ''}: ${parts.filter((part) => typeof part === 'string').join(': ')}`
}
