import {
  type Block,
  checkTools,
  constraint,
  type Message,
  readBlock,
  readMessages,
  refuse,
  said,
} from './converse-messages.ts'
import { get, list } from './http.ts'
import type { Model } from './models.ts'
import { ServiceError } from './service-error.ts'

export interface Tool {
  name: string
  description: string
  schema: unknown
}

/** A request to Converse or ConverseStream that the service would accept. */
export interface ConverseCall {
  model: Model
  system: Block[]
  messages: Message[]
  tools: Tool[]
  /** A cache point behind the tools. */
  toolsCached: boolean
  maxTokens: number
  stopSequences: string[]
  temperature: number | undefined
  /** A guardrail is named. */
  guarded: boolean
}

/**
 * Reads the body of a request and refuses what the service refuses, in its words.
 * @throws ServiceError
 */
export function readConverse(body: unknown, model: Model): ConverseCall {
  if (model.kind !== 'chat') {
    const hint = 'Try again with a supported text or chat model.'
    throw refuse(`This action doesn't support the model that you provided. ${hint}`)
  }
  const system = list(get(body, 'system')).map((block, at) => readBlock(block, `system.${at}`, 'SystemContentBlock'))
  if (system.length > 0 && !model.system) {
    const hint = 'Try again without a system message or use a model that supports system messages.'
    throw refuse(`This model doesn't support system messages. ${hint}`)
  }
  const toolConfig = get(body, 'toolConfig')
  const entries = list(get(toolConfig, 'tools'))
  if (toolConfig !== undefined && !model.tools) throw refuse("This model doesn't support tool use.")
  if (toolConfig !== undefined && entries.length === 0) {
    throw constraint('[]', 'toolConfig.tools', 'Member must have length greater than or equal to 1')
  }
  const messages = readMessages(get(body, 'messages'), model)
  checkTools(messages, toolConfig !== undefined)
  const call: ConverseCall = {
    model,
    system,
    messages,
    tools: entries.map((entry) => get(entry, 'toolSpec')).flatMap((spec) => (spec === undefined ? [] : readTool(spec))),
    toolsCached: entries.some((entry) => get(entry, 'cachePoint') !== undefined),
    ...readInference(get(body, 'inferenceConfig'), model),
    guarded: get(body, 'guardrailConfig') !== undefined,
  }
  const thinking = get(get(body, 'additionalModelRequestFields'), 'thinking')
  if (get(thinking, 'type') === 'enabled' && model.samplers === 'none') {
    const hint = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
    throw said(`"thinking.type.enabled" is not supported for this model. ${hint}`)
  }
  const cached = [...system, ...messages.flatMap(({ content }) => content)].some(({ kind }) => kind === 'cachePoint')
  if (model.cacheFrom === 0 && (cached || call.toolsCached)) {
    const hint = 'See the documentation for more information.'
    const why = `You invoked an unsupported model or your request did not allow prompt caching. ${hint}`
    throw new ServiceError('AccessDeniedException', why)
  }
  return call
}

function readInference(config: unknown, model: Model) {
  const asked = get(config, 'maxTokens')
  if (asked !== undefined && (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1)) {
    throw constraint(asked, 'inferenceConfig.maxTokens', 'Member must have value greater than or equal to 1')
  }
  const limit = model.maxOutput
  const maxTokens = asked ?? limit
  if (maxTokens > limit) {
    const hint = `Try again with a maximum tokens value that is lower than ${limit}.`
    throw refuse(`The maximum tokens you requested exceeds the model limit of ${limit}. ${hint}`)
  }
  const temperature = get(config, 'temperature')
  const topP = get(config, 'topP')
  const sampled = temperature !== undefined ? 'temperature' : topP !== undefined ? 'top_p' : undefined
  if (sampled !== undefined && model.samplers === 'none') throw said(`\`${sampled}\` is deprecated for this model.`)
  if (temperature !== undefined && topP !== undefined && model.samplers === 'one') {
    throw said('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
  }
  const stopSequences = list(get(config, 'stopSequences')).map(String)
  return { maxTokens, stopSequences, temperature: typeof temperature === 'number' ? temperature : undefined }
}

const readTool = (spec: unknown): Tool => ({
  name: String(get(spec, 'name')),
  description: String(get(spec, 'description') ?? ''),
  schema: get(get(spec, 'inputSchema'), 'json') ?? {},
})
