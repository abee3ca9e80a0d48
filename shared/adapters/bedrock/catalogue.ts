/** USD for a million tokens, or for a thousand queries of a reranker. */
export interface Prices {
  input: number
  output: number
  cacheRead?: number
  cacheWrite?: number
}

/** Where calls may go that name an inference profile: its prefix. */
export type Geography = 'us' | 'us-gov' | 'eu' | 'jp' | 'au' | 'apac' | 'global'

export interface Lifecycle {
  state: 'active' | 'legacy' | 'eol'
  /** When it ended, or will end; for an active model the day before which it does not. */
  ends?: string
  successor?: string
  source: string
}

export interface ModelEntry {
  id: string
  kind: 'chat' | 'embed' | 'rerank'
  /** Inference profiles that exist. */
  profiles: readonly Geography[]
  /** It cannot be called by its bare id. */
  needsProfile: boolean
  /** Tokens of request and answer together. */
  context: number
  maxOutput: number
  prices?: Prices & {
    /** A profile of one geography costs so many times the listed (global or only) price. */
    regionalFactor: number
    /** For all tokens of a request whose prompt is longer. */
    longPrompt?: Prices & { above: number }
    perThousandQueries?: number
    asOf: string
    source: string
  }
  supports: { system: boolean; tools: boolean; streaming: boolean; cache: boolean; temperature: boolean }
  /** What turns off the thinking before an answer, which would use up the answer's tokens and the reader's time. */
  thinkingOff?: Readonly<Record<string, string>>
  /** Tokens of the quota that one output token uses up (docs.aws.amazon.com/bedrock: quotas-token-burndown). */
  outputBurnDown: number
  /** Dimensions that an embedding model can give, and its way of asking. */
  embedding?: {
    dimensions: readonly number[]
    format: 'titan' | 'cohere-v3' | 'cohere-v4'
    maxTokens: number
    maxChars: number
  }
  rerank?: { format: 'cohere' | 'amazon'; maxPassages: number; maxTokens: number }
  lifecycle: Lifecycle
}

export type Role = 'strong' | 'fast' | 'embed' | 'rerank'

/** What each role is played by where nothing else is configured. */
export const defaults: Readonly<Record<Role, string>> = {
  strong: 'anthropic.claude-sonnet-5-5',
  fast: 'anthropic.claude-haiku-5-5',
  embed: 'amazon.titan-embed-text-v2:0',
  rerank: 'cohere.rerank-v3-5:0',
}

const cards = 'excerpts of the AWS model cards (docs.aws.amazon.com/bedrock/latest/userguide/model-card-*), 2026-11'
const ends =
  'AWS model lifecycle (docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html), as read by others'
const listed = { asOf: '2026-11-22', source: 'LiteLLM 1.109.1, model_prices_and_context_window (Bedrock on demand)' }

const everywhere: readonly Geography[] = ['us', 'us-gov', 'eu', 'jp', 'au', 'apac', 'global']
const claude = { system: true, tools: true, streaming: true, cache: true, temperature: true }
const claude5 = { ...claude, temperature: false }
const none = { system: false, tools: false, streaming: false, cache: false, temperature: false }
/** Ended models: no profile of theirs cost more, and a token of output counted once. */
const former = { regionalFactor: 1, outputBurnDown: 1, supports: { ...claude, cache: false } }

type Room = readonly [context: number, maxOutput: number]
type Price = readonly [input: number, output: number, cacheRead?: number, cacheWrite?: number]
type More = Pick<ModelEntry, 'lifecycle'> &
  Partial<Omit<ModelEntry, 'prices'>> &
  Partial<Pick<NonNullable<ModelEntry['prices']>, 'regionalFactor' | 'longPrompt'>>

function chat(id: string, [context, maxOutput]: Room, price: Price, more: More): ModelEntry {
  const [input, output, cacheRead, cacheWrite] = price
  const { longPrompt, regionalFactor = 1.1, ...rest } = more
  const cached = { ...(cacheRead !== undefined && { cacheRead }), ...(cacheWrite !== undefined && { cacheWrite }) }
  return {
    ...{ id, kind: 'chat', profiles: everywhere, needsProfile: true, context, maxOutput, supports: claude },
    prices: { input, output, ...cached, regionalFactor, ...(longPrompt && { longPrompt }), ...listed },
    outputBurnDown: 5,
    ...rest,
  }
}

const K = 1_000
const M = 1_000_000

/**
 * What is known of the models. One file, since it is what has to be looked after: prices and lifecycles change, and
 * each says when and where it was read. A price is a list price and a lifecycle date a date of Bedrock, not of the maker.
 */
export const catalogue: readonly ModelEntry[] = [
  chat('anthropic.claude-sonnet-5-5', [M, 128 * K], [2, 10, 0.1, 2.5], {
    supports: claude5,
    // It refuses `disabled`.
    thinkingOff: { type: 'between_tools' },
    lifecycle: { state: 'active', source: 'platform.claude.com, what is new in Claude Sonnet 5.5, 2026-10-08' },
  }),
  chat('anthropic.claude-haiku-5-5', [M, 128 * K], [0.1, 0.5, 0.01, 0.125], {
    longPrompt: { above: 100 * K, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
    supports: claude5,
    thinkingOff: { type: 'disabled' },
    lifecycle: { state: 'active', ends: '2027-10-07', source: cards },
  }),
  // Its thinking cannot be turned off.
  chat('anthropic.claude-opus-5-5', [M, 128 * K], [4, 20, 0.2, 5], {
    supports: claude5,
    lifecycle: { state: 'active', source: cards },
  }),
  chat('anthropic.claude-sonnet-5', [M, 128 * K], [2, 10, 0.2, 2.5], {
    supports: claude5,
    thinkingOff: { type: 'disabled' },
    lifecycle: { state: 'active', successor: 'anthropic.claude-sonnet-5-5', source: cards },
  }),
  chat('anthropic.claude-sonnet-4-6', [M, 64 * K], [3, 15, 0.3, 3.75], {
    lifecycle: { state: 'active', successor: 'anthropic.claude-sonnet-5-5', source: cards },
  }),
  chat('anthropic.claude-sonnet-4-5-20250929-v1:0', [200 * K, 64 * K], [3, 15, 0.3, 3.75], {
    lifecycle: {
      state: 'legacy',
      ends: '2027-04-08',
      successor: 'anthropic.claude-sonnet-5-5',
      source: 'LiteLLM 1.109.1, deprecation_date; deprecated on platform.claude.com, 2026-11',
    },
  }),
  chat('anthropic.claude-haiku-4-5-20251001-v1:0', [200 * K, 64 * K], [1, 5, 0.1, 1.25], {
    lifecycle: { state: 'active', ends: '2026-10-15', successor: 'anthropic.claude-haiku-5-5', source: cards },
  }),
  chat('anthropic.claude-opus-4-5-20251101-v1:0', [200 * K, 64 * K], [5, 25, 0.5, 6.25], {
    lifecycle: { state: 'active', successor: 'anthropic.claude-opus-5-5', source: cards },
  }),
  chat('anthropic.claude-3-5-sonnet-20241022-v2:0', [200 * K, 8192], [3, 15, 0.3, 3.75], {
    ...former,
    profiles: ['us', 'eu', 'apac'],
    lifecycle: { state: 'eol', ends: '2026-03-01', successor: 'anthropic.claude-sonnet-5-5', source: ends },
  }),
  chat('anthropic.claude-3-5-sonnet-20240620-v1:0', [200 * K, 4096], [3, 15], {
    ...former,
    profiles: ['us', 'eu', 'apac'],
    needsProfile: false,
    lifecycle: { state: 'eol', ends: '2026-03-01', successor: 'anthropic.claude-sonnet-5-5', source: ends },
  }),
  chat('anthropic.claude-3-haiku-20240307-v1:0', [200 * K, 4096], [0.25, 1.25], {
    ...former,
    profiles: ['us', 'eu', 'apac'],
    needsProfile: false,
    lifecycle: { state: 'eol', ends: '2026-09-10', successor: 'anthropic.claude-haiku-5-5', source: cards },
  }),
  chat('amazon.titan-text-express-v1', [8192, 8192], [0.2, 0.6], {
    ...former,
    profiles: [],
    needsProfile: false,
    supports: { ...none, streaming: true, temperature: true },
    lifecycle: {
      state: 'eol',
      successor: 'anthropic.claude-haiku-5-5',
      source: 'retired by AWS; the day was not found in what could be read, 2026-11',
    },
  }),
  {
    ...embedder('amazon.titan-embed-text-v2:0', 0.02, { state: 'active', source: cards }),
    embedding: { dimensions: [1024, 512, 256], format: 'titan', maxTokens: 8192, maxChars: 50_000 },
  },
  {
    ...embedder('cohere.embed-v4:0', 0.12, { state: 'active', source: cards }),
    profiles: ['us', 'eu', 'global'],
    embedding: { dimensions: [1536, 1024, 512, 256], format: 'cohere-v4', maxTokens: 128_000, maxChars: 400_000 },
  },
  ...['cohere.embed-multilingual-v3', 'cohere.embed-english-v3'].map(
    (id): ModelEntry => ({
      ...embedder(id, 0.1, { state: 'active', successor: 'cohere.embed-v4:0', source: cards }),
      embedding: { dimensions: [1024], format: 'cohere-v3', maxTokens: 512, maxChars: 2048 },
    }),
  ),
  reranker('cohere.rerank-v3-5:0', 2, { format: 'cohere', maxPassages: 1000, maxTokens: 4096 }),
  reranker('amazon.rerank-v1:0', 1, { format: 'amazon', maxPassages: 1000, maxTokens: 4096 }),
]

function embedder(id: string, input: number, lifecycle: Lifecycle): ModelEntry {
  return {
    ...{ id, kind: 'embed', profiles: [], needsProfile: false, context: 8192, maxOutput: 0, supports: none, lifecycle },
    prices: { input, output: 0, regionalFactor: 1, ...listed },
    outputBurnDown: 1,
  }
}

function reranker(id: string, perThousandQueries: number, rerank: NonNullable<ModelEntry['rerank']>): ModelEntry {
  return {
    ...{ id, kind: 'rerank', profiles: [], needsProfile: false, context: 4096, maxOutput: 0, supports: none, rerank },
    prices: { input: 0, output: 0, perThousandQueries, regionalFactor: 1, ...listed },
    outputBurnDown: 1,
    lifecycle: { state: 'active', source: cards },
  }
}
