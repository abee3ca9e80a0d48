import { ServiceError } from './service-error.ts'

/** What the service knows of a model, as far as it refuses requests because of it. */
export interface Model {
  id: string
  kind: 'chat' | 'titan-embed' | 'cohere-embed' | 'rerank'
  /** Tokens of a prompt. */
  context: number
  maxOutput: number
  /** Whether it is called by an inference profile (`eu.…`): only so, also so, or never. */
  profile: 'required' | 'possible' | 'none'
  system: boolean
  tools: boolean
  /** The shortest prefix that is cached, in tokens; 0 where there is no prompt caching. */
  cacheFrom: number
  /** Tokens of the minute's quota that one token of output uses up. */
  burndown: number
  /** Whether it takes `temperature` and `topP`: both, one of them, or none. */
  samplers: 'both' | 'one' | 'none'
  /** Longest text to embed in characters, when that is limited. */
  maxChars?: number
}

const chat = (id: string, more: Partial<Model>): Model => ({
  id,
  kind: 'chat',
  context: 200_000,
  maxOutput: 4096,
  profile: 'none',
  system: true,
  tools: true,
  cacheFrom: 0,
  burndown: 1,
  samplers: 'both',
  ...more,
})
const invoked = (id: string, kind: Model['kind'], more: Partial<Model> = {}): Model =>
  chat(id, { kind, system: false, tools: false, maxOutput: 0, ...more })

const listed = new Map(
  [
    chat('anthropic.claude-3-haiku-20240307-v1:0', { profile: 'possible' }),
    chat('anthropic.claude-3-sonnet-20240229-v1:0', { profile: 'possible' }),
    chat('anthropic.claude-3-opus-20240229-v1:0', { profile: 'possible' }),
    chat('anthropic.claude-3-5-sonnet-20240620-v1:0', { profile: 'possible' }),
    chat('anthropic.claude-3-5-sonnet-20241022-v2:0', { profile: 'required', maxOutput: 8192 }),
    chat('anthropic.claude-3-5-haiku-20241022-v1:0', { profile: 'required', maxOutput: 8192, cacheFrom: 2048 }),
    chat('anthropic.claude-3-7-sonnet-20250219-v1:0', {
      profile: 'required',
      maxOutput: 64_000,
      cacheFrom: 1024,
      burndown: 5,
    }),
    chat('amazon.titan-text-express-v1', { context: 8192, maxOutput: 8192, system: false, tools: false }),
    chat('amazon.titan-text-lite-v1', { context: 4096, maxOutput: 4096, system: false, tools: false }),
    invoked('amazon.titan-embed-text-v2:0', 'titan-embed', { context: 8192, maxChars: 50_000 }),
    invoked('cohere.embed-english-v3', 'cohere-embed', { context: 512, maxChars: 2048 }),
    invoked('cohere.embed-multilingual-v3', 'cohere-embed', { context: 512, maxChars: 2048 }),
    invoked('cohere.embed-v4:0', 'cohere-embed', { context: 128_000, profile: 'possible' }),
    invoked('cohere.rerank-v3-5:0', 'rerank', { context: 4096 }),
    invoked('amazon.rerank-v1:0', 'rerank', { context: 4096 }),
  ].map((model) => [model.id, model]),
)

/** Families whose newer members have ids that nobody could list in advance. */
function byFamily(id: string): Model | undefined {
  const claude = /^anthropic\.claude-([a-z]+)-(\d)(?:-(\d))?(?=-|$)/.exec(id)
  if (claude) {
    const [, name, major, minor = '0'] = claude
    const version = Number(major) + Number(minor) / 10
    if (version < 4) return undefined
    const maxOutput =
      name === 'opus' && version < 4.5 ? 32_000 : version >= (name === 'opus' ? 4.6 : 4.7) ? 128_000 : 64_000
    const cacheFrom = name === 'haiku' || (name === 'opus' && version >= 4.5) ? 4096 : 1024
    const samplers = version >= 4.7 ? 'none' : version >= 4.1 ? 'one' : 'both'
    const context = version >= 4.6 ? 1_000_000 : 200_000
    return chat(id, { profile: 'required', context, maxOutput, cacheFrom, burndown: 5, samplers })
  }
  if (/^amazon\.nova-(micro|lite|pro|premier|2-lite|2-pro)-v1:0$/.test(id)) {
    const profile = /premier|nova-2/.test(id) ? 'required' : 'possible'
    return chat(id, { profile, context: 300_000, maxOutput: 10_000, cacheFrom: 1024 })
  }
  return undefined
}

/** The regions from which the inference profiles of a geography are called. */
const geographies: Record<string, RegExp> = {
  us: /^(us-(?!gov)|ca-)/,
  'us-gov': /^us-gov-/,
  eu: /^eu-/,
  apac: /^ap-/,
  jp: /^ap-northeast-/,
  au: /^ap-southeast-/,
  ca: /^ca-/,
  global: /./,
}
const profiled = new RegExp(`^(${Object.keys(geographies).join('|')})\\.(.+)$`)
const arn =
  /^arn:aws[\w-]*:bedrock:([\w-]*):\d*:(foundation-model|inference-profile|application-inference-profile)\/(.+)$/

const invalid = () => new ServiceError('ValidationException', 'The provided model identifier is invalid.')

/**
 * The model that an id, an inference profile or an ARN names, for a caller in `region` (undefined: not known).
 * `aliases` gives further ids, application inference profiles among them, and the model that each stands for.
 * @throws ServiceError as the service refuses it
 */
export function resolveModel(
  modelId: string,
  region: string | undefined,
  aliases: ReadonlyMap<string, string> = new Map(),
): Model {
  const [, , kind, resource] = arn.exec(modelId) ?? []
  if (modelId.startsWith('arn:') && resource === undefined) throw invalid()
  if (kind === 'application-inference-profile' && !aliases.has(resource ?? '')) {
    throw new ServiceError('ResourceNotFoundException', 'The specified inference profile was not found.')
  }
  const given = aliases.get(resource ?? modelId) ?? resource ?? modelId
  const alias = given !== (resource ?? modelId)
  const [, geography, behind] = profiled.exec(given) ?? []
  const id = behind ?? given
  const model = listed.get(id) ?? byFamily(id)
  if (model === undefined) throw invalid()
  if (geography !== undefined) {
    const reached = region === undefined || geographies[geography]?.test(region)
    if (model.profile === 'none' || !reached || kind === 'foundation-model') throw invalid()
  } else if (model.profile === 'required' && !alias) {
    // The service writes this with a typographic apostrophe.
    const why = `Invocation of model ID ${id} with on-demand throughput isn’t supported.`
    const how = 'Retry your request with the ID or ARN of an inference profile that contains this model.'
    throw new ServiceError('ValidationException', `${why} ${how}`)
  }
  return model
}
