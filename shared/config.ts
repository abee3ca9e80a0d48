import { isAbsolute, resolve } from 'node:path'

/** The one table of settings. `kass config` prints it; nothing else reads the environment. */
interface Setting<T> {
  about: string
  /** As it would be written in the environment; '' means that there is none. */
  fallback: string
  secret?: true
  parse(text: string): T
}

class Invalid extends Error {}
const invalid = (why: string): never => {
  throw new Invalid(why)
}

const text = (about: string, fallback = ''): Setting<string> => ({ about, fallback, parse: (value) => value })
const secret = (about: string): Setting<string> => ({ ...text(about), secret: true })
const oneOf = <T extends string>(about: string, fallback: T, ...values: readonly T[]): Setting<T> => ({
  about: `${about} (${values.join(' | ')})`,
  fallback,
  parse: (value) => values.find((known) => known === value) ?? invalid(`must be one of ${values.join(', ')}`),
})
const integer = (about: string, fallback: number, min: number, max: number): Setting<number> => ({
  about,
  fallback: String(fallback),
  parse(value) {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) invalid(`must be a whole number from ${min} to ${max}`)
    return number
  },
})
const url = (about: string, fallback = ''): Setting<string> => ({
  about,
  fallback,
  parse(value) {
    if (value === '') return value
    if (!URL.canParse(value) || !/^https?:/.test(value)) invalid('must be an http or https URL')
    return value.replace(/\/+$/, '')
  },
})
const minute = 60_000
const mebi = 1024 * 1024

export const settings = {
  HOST: text('Address to listen on', '127.0.0.1'),
  PORT: integer('Port to listen on; 0 takes a free one', 8080, 0, 65_535),
  KASS_DATA: text('Folder of the embedded storage', './data'),
  STORAGE: oneOf('Where documents, state and search live', 'embedded', 'embedded'),
  AUTH: oneOf('Who may call: everyone on this machine, or holders of an API key', 'loopback', 'loopback', 'keys'),
  LOG_LEVEL: oneOf('Least level that is logged', 'info', 'debug', 'info', 'warn', 'error', 'silent'),

  CHAT_MODEL: oneOf('What writes the answers', 'extractive', 'extractive', 'openai-compatible'),
  EMBEDDER: oneOf('What makes vectors', 'none', 'none', 'openai-compatible'),
  OPENAI_URL: url('Base URL of an OpenAI-compatible server, for example http://127.0.0.1:11434/v1'),
  OPENAI_API_KEY: secret('Key for that server, when it wants one'),
  OPENAI_CHAT_MODEL: text('Name of the chat model there'),
  OPENAI_CONTEXT_TOKENS: integer(
    'Tokens that fit into one request to that model, answer included',
    16_384,
    1024,
    2_000_000,
  ),
  OPENAI_EMBEDDINGS_URL: url('Base URL for embeddings; OPENAI_URL when empty'),
  OPENAI_EMBEDDING_MODEL: text('Name of the embedding model there'),
  OPENAI_EMBEDDING_DIMENSIONS: integer('Dimensions to ask for; 0 leaves it to the model', 0, 0, 4096),
  OPENAI_EMBEDDING_BATCH: integer('Texts in one embeddings request', 64, 1, 2048),
  MODEL_TIMEOUT_MS: integer('Longest silence of a model before the call is given up', 60_000, 100, 600_000),
  MODEL_CONCURRENCY: integer('Embeddings requests under way at once, for each process', 4, 1, 64),
  ANSWER_TOKENS: integer('Longest answer, in tokens', 1024, 16, 32_000),
  MEMORY_TOKENS: integer('Tokens of earlier turns that go into a prompt', 2000, 0, 100_000),
  CACHE_TTL_MS: integer(
    'How long an answer may be given again while the documents stay as they are; 0: never',
    10 * minute,
    0,
    1440 * minute,
  ),

  SEARCH_LANGUAGE: oneOf(
    'Language whose word endings search ignores',
    'english',
    'english',
    'german',
    'french',
    'spanish',
    'italian',
    'portuguese',
    'dutch',
    'none',
  ),
  SEARCH_DEPTH: integer('Hits that each of the two queries gives before they are fused', 200, 10, 2000),
  CHUNK_TOKENS: integer('Size of a chunk, in tokens', 256, 32, 2048),
  CHUNK_OVERLAP: integer('Tokens that a chunk shares with the one before it', 32, 0, 512),

  MAX_UPLOAD_BYTES: integer('Largest document', 100 * mebi, 1024, 5_000 * mebi),
  MAX_BODY_BYTES: integer('Largest JSON body', 256 * 1024, 1024, 64 * mebi),
  MAX_MESSAGE_CHARS: integer('Longest question', 16_000, 100, 1_000_000),
  MAX_INFLATED_BYTES: integer('What an archive (XLSX) may inflate to', 512 * mebi, mebi, 8_000 * mebi),
  MAX_INFLATION_RATIO: integer('How many times its size an archive may inflate to', 200, 2, 10_000),
  MAX_UNITS: integer('Rows, pages or paragraphs that one document may have', 1_000_000, 100, 100_000_000),
  MAX_TEXT_BYTES: integer('Text that one document may have', 256 * mebi, mebi, 8_000 * mebi),
  EXTRACT_TIMEOUT_MS: integer('Longest time for reading one document', 10 * minute, 1000, 120 * minute),
  EXTRACT_MEMORY_MB: integer('Memory for reading one document', 512, 64, 8192),
  RATE_PER_MINUTE: integer('Requests a minute for each key', 6000, 1, 10_000_000),
  RATE_BURST: integer('Requests a second for each key', 1000, 1, 10_000_000),
  MAX_EVENT_LOOP_DELAY_MS: integer('Above this delay requests are shed with 503; 0: never', 1000, 0, 60_000),
  MAX_CHATS: integer('Chat turns under way at once', 256, 1, 10_000),
  REQUEST_TIMEOUT_MS: integer(
    'Longest time for receiving one request, its body included',
    10 * minute,
    100,
    120 * minute,
  ),
  HEARTBEAT_MS: integer('Longest silence on a stream', 15_000, 50, 600_000),
  DRAIN_MS: integer('Longest time for finishing what is open at the end', 25_000, 100, 600_000),
  OBJECT_REVISIONS: integer('Revisions of a document that the embedded store keeps', 3, 1, 1000),

  WORKER_CONCURRENCY: integer('Documents that one worker processes at once', 4, 1, 64),
  WORKER_THREADS: integer('Threads that one worker reads documents in', 2, 1, 64),
  LEASE_MS: integer('How long a claim holds without a sign of life', 30_000, 200, 600_000),
  CRASH_LIMIT: integer('Crashes that one state of a document may cause before it is failed', 3, 1, 100),
  RETRY_BASE_MS: integer('First wait after a failure that may pass', 2_000, 10, 600_000),
  RETRY_MAX_MS: integer('Longest wait between two tries', 5 * minute, 10, 60 * minute),
  RETRY_FOR_MS: integer('How long a failure that may pass is tried again', 1440 * minute, 100, 10_080 * minute),
  QUEUE_MAX_RECEIVES: integer('Deliveries without an outcome before a message is a dead letter', 10, 2, 1000),
  SWEEP_EVERY_MS: integer(
    'How often waiting documents are looked for; 0: a schedule elsewhere does',
    15_000,
    0,
    1440 * minute,
  ),
  COMPARE_EVERY_MS: integer(
    'How often everything is compared; 0: a schedule elsewhere does',
    60 * minute,
    0,
    10_080 * minute,
  ),
} as const satisfies Record<string, Setting<unknown>>

export type SettingKey = keyof typeof settings
export type Config = Readonly<{ [K in SettingKey]: ReturnType<(typeof settings)[K]['parse']> }>

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return loopbackHosts.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function* contradictions(config: Config): Iterable<string> {
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
  if (config.CHUNK_OVERLAP * 2 > config.CHUNK_TOKENS) yield 'CHUNK_OVERLAP must be at most half of CHUNK_TOKENS'
  if (config.MEMORY_TOKENS + config.ANSWER_TOKENS > config.OPENAI_CONTEXT_TOKENS)
    yield 'MEMORY_TOKENS and ANSWER_TOKENS together must fit into OPENAI_CONTEXT_TOKENS'
}

/** Read by the command line, not by the servers. */
const clientKeys = new Set(['KASS_URL', 'KASS_API_KEY'])
/** Shorter names are too likely to be those of other programs. */
const shortestTypo = 8

/** Whether one letter too many, too few or another one turns `a` into `b`. */
function oneLetterApart(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const [restA, restB] = [a.slice(same), b.slice(same)]
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
}

/** The setting that somebody probably meant; undefined for what is none of ours. */
function misspelt(key: string): string | undefined {
  if (key in settings || clientKeys.has(key)) return undefined
  const meant = Object.keys(settings).find((known) => known.length >= shortestTypo && oneLetterApart(key, known))
  if (meant !== undefined) return `${key} is not a setting; is ${meant} meant?`
  return key.startsWith('KASS_') ? `${key} is not a setting; "kass config" lists them` : undefined
}

/**
 * Reads the settings from an environment. Values that are empty count as not set.
 * @throws ConfigError naming every fault at once: wrong values, contradictions, and settings that do not exist
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    const given = env[key]
    try {
      values[key] = setting.parse(given === undefined || given === '' ? setting.fallback : given)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      faults.push(`${key}=${setting.secret ? '…' : given} ${error.message}`)
      values[key] = setting.parse(setting.fallback)
    }
  }
  for (const key of Object.keys(env)) {
    const fault = misspelt(key)
    if (fault !== undefined) faults.push(fault)
  }
  const config = values as Config
  faults.push(...contradictions(config))
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...config, KASS_DATA: isAbsolute(config.KASS_DATA) ? config.KASS_DATA : resolve(config.KASS_DATA) }
}

/** How passages are cut, in one word that goes into the fingerprint. */
export function chunkingId(config: Config): string {
  return `${config.CHUNK_TOKENS}/${config.CHUNK_OVERLAP}`
}
