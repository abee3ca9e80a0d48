import type {
  ContentBlock,
  ConverseCommandInput,
  Message,
  SystemContentBlock,
  ToolConfiguration,
} from '@aws-sdk/client-bedrock-runtime'
import type { ChatMessage, ConverseRequest, Tool } from '../../ports/chat-model.ts'
import { countTokens } from '../../text/tokens.ts'
import { sourcesNotice, withSources } from '../source-blocks.ts'
import type { LeftOut } from '../without-refused.ts'
import type { Model } from './model-id.ts'

export interface Guardrail {
  id: string
  version: string
}

/** The SDK's document type, which takes any JSON. */
type Json = NonNullable<ConverseCommandInput['additionalModelRequestFields']>

/**
 * What a request can do without, and how its refusal is worded: the catalogue may be wrong about a model, and knows
 * nothing of most.
 */
export const optionalParts = {
  system: /system (message|prompt)/i,
  cache: /prompt cach|cache_?(point|control)/i,
  temperature: /temperature/i,
  thinking: /thinking/i,
}

type Supports = Model['entry']['supports']

function without(supports: Supports, leftOut: LeftOut): Supports {
  const { system, cache, temperature } = supports
  return {
    ...supports,
    system: system && !leftOut.has('system'),
    cache: cache && !leftOut.has('cache'),
    temperature: temperature && !leftOut.has('temperature'),
  }
}

/** What a request without a word in it says: blank texts are refused. */
const wordless = '.'

/**
 * A request in the words of Converse. Sources stand before the question; instructions in the system prompt, or
 * before the first user message of a model that has none.
 */
export function converseInput(
  model: Model,
  request: ConverseRequest,
  { guardrail, leftOut = new Set() }: { guardrail?: Guardrail; leftOut?: LeftOut } = {},
): ConverseCommandInput {
  const { maxOutput, thinkingOff } = model.entry
  const supports = without(model.entry.supports, leftOut)
  const system = request.sources.length > 0 ? `${request.system}\n\n${sourcesNotice}` : request.system
  const instructed = supports.system ? undefined : system
  const turns = merged(request.messages)
  const question = turns.findLastIndex(({ role, toolResults = [] }) => role === 'user' && toolResults.length === 0)
  const messages = turns.map((turn, at): Message => {
    const content =
      at === question && request.sources.length > 0 ? withSources(request.sources, turn.content) : turn.content
    const text = at === 0 && instructed !== undefined ? `${instructed}\n\n${content}` : content
    return { role: turn.role, content: blocks({ ...turn, content: text }) }
  })
  return {
    modelId: model.id,
    messages,
    ...(supports.system && system.trim() !== '' && { system: systemBlocks(system, supports.cache) }),
    inferenceConfig: {
      maxTokens: Math.min(request.maxTokens, maxOutput),
      ...(supports.temperature && { temperature: 0 }),
    },
    ...(request.tools && request.tools.length > 0 && { toolConfig: toolConfig(request.tools) }),
    ...(thinkingOff &&
      !leftOut.has('thinking') && { additionalModelRequestFields: { thinking: { ...thinkingOff } } satisfies Json }),
    ...(guardrail && {
      guardrailConfig: { guardrailIdentifier: guardrail.id, guardrailVersion: guardrail.version, trace: 'disabled' },
    }),
  }
}

function systemBlocks(text: string, cache: boolean): SystemContentBlock[] {
  // A prefix shorter than the model's least is not cached, and costs what it would have cost.
  return cache ? [{ text }, { cachePoint: { type: 'default' } }] : [{ text }]
}

/** Roles by turns, beginning with the user's, as Converse wants them. */
function merged(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = []
  for (const message of messages) {
    const before = turns.at(-1)
    if (before?.role !== message.role) turns.push(message)
    else turns[turns.length - 1] = joined(before, message)
  }
  return turns[0]?.role === 'user' ? turns : [{ role: 'user', content: wordless }, ...turns]
}

function joined(a: ChatMessage, b: ChatMessage): ChatMessage {
  const content = [a.content, b.content].filter((text) => text !== '').join('\n\n')
  const toolUses = [...(a.toolUses ?? []), ...(b.toolUses ?? [])]
  const toolResults = [...(a.toolResults ?? []), ...(b.toolResults ?? [])]
  return { role: a.role, content, toolUses, toolResults }
}

function blocks({ content, toolUses = [], toolResults = [] }: ChatMessage): ContentBlock[] {
  const results = toolResults.map(
    ({ toolUseId, content: text, failed }): ContentBlock => ({
      toolResult: { toolUseId, content: [{ text: solid(text) }], status: failed ? 'error' : 'success' },
    }),
  )
  const uses = toolUses.map(
    ({ id, name, input }): ContentBlock => ({ toolUse: { toolUseId: id, name, input: json(input) } }),
  )
  const texts = content.trim() === '' ? [] : [{ text: content }]
  const all = [...results, ...texts, ...uses]
  return all.length === 0 ? [{ text: wordless }] : all
}

const solid = (text: string): string => (text.trim() === '' ? wordless : text)

function toolConfig(tools: readonly Tool[]): ToolConfiguration {
  return {
    tools: tools.map(({ name, description, inputSchema }) => ({
      toolSpec: { name, description, inputSchema: { json: json(inputSchema) } },
    })),
  }
}

/** What is left of a value after JSON, in the SDK's type for it. */
function json(value: Readonly<Record<string, unknown>>): Json {
  return JSON.parse(JSON.stringify(value))
}

/** About how many tokens a request has: what an aborted call is billed for is never reported. */
export function estimateInput(input: ConverseCommandInput): number {
  const said = JSON.stringify([input.system, input.messages, input.toolConfig])
  return countTokens(said)
}
