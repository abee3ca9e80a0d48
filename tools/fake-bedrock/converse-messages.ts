import { get, list } from './http.ts'
import type { Model } from './models.ts'
import { ServiceError } from './service-error.ts'

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'toolUse'; id: string; name: string; input: unknown }
  | { kind: 'toolResult'; id: string; text: string }
  | { kind: 'cachePoint' }
  | { kind: 'other' }

export interface Message {
  role: 'user' | 'assistant'
  content: Block[]
}

export const refuse = (message: string) => new ServiceError('ValidationException', message)
/** What the service passes on from the model. */
export const said = (message: string) => refuse(`The model returned the following errors: ${message}`)
export const constraint = (value: unknown, place: string, rule: string) =>
  refuse(`1 validation error detected: Value '${value}' at '${place}' failed to satisfy constraint: ${rule}`)

/** The messages of a request, in turns, each with something in it. */
export function readMessages(given: unknown, model: Model): Message[] {
  const messages = list(given).map((message, at): Message => {
    const role = get(message, 'role')
    if (role !== 'user' && role !== 'assistant') {
      throw constraint(role, `messages.${at + 1}.member.role`, 'Member must satisfy enum value set: [user, assistant]')
    }
    const content = list(get(message, 'content')).map((block, n) =>
      readBlock(block, `messages.${at}.content.${n}`, 'ContentBlock'),
    )
    if (content.length === 0) {
      const hint = 'Add a ContentBlock object to the content field and try again.'
      throw refuse(`The content field in the Message object at messages.${at} is empty. ${hint}`)
    }
    return { role, content }
  })
  if (messages[0]?.role !== 'user') {
    const hint = 'Try again with a conversation that starts with a user message.'
    throw refuse(`A conversation must start with a user message. ${hint}`)
  }
  if (messages.some((message, at) => message.role === messages[at - 1]?.role)) {
    const hint = 'Make sure the conversation alternates between user and assistant roles and try again.'
    throw refuse(`A conversation must alternate between user and assistant roles. ${hint}`)
  }
  const spaces = messages.some(({ content }) => content.some((b) => b.kind === 'text' && b.text.trim() === ''))
  if (spaces && model.id.startsWith('anthropic.')) {
    throw said('messages: text content blocks must contain non-whitespace text')
  }
  return messages
}

/** One block of a message or of the system prompt. */
export function readBlock(block: unknown, place: string, type: string): Block {
  const text = get(block, 'text')
  if (typeof text === 'string') {
    if (text !== '') return { kind: 'text', text }
    throw refuse(
      `The text field in the ${type} object at ${place} is blank. Add text to the text field, and try again.`,
    )
  }
  const guarded = get(get(get(block, 'guardContent'), 'text'), 'text')
  if (typeof guarded === 'string') return { kind: 'text', text: guarded }
  const use = get(block, 'toolUse')
  if (use !== undefined) {
    return { kind: 'toolUse', id: toolId(use), name: String(get(use, 'name')), input: get(use, 'input') }
  }
  const result = get(block, 'toolResult')
  if (result !== undefined) return { kind: 'toolResult', id: toolId(result), text: resultText(result) }
  return { kind: get(block, 'cachePoint') === undefined ? 'other' : 'cachePoint' }
}

const resultText = (result: unknown): string =>
  list(get(result, 'content'))
    .map((part) => get(part, 'text') ?? JSON.stringify(get(part, 'json') ?? ''))
    .join('\n')

function toolId(value: unknown): string {
  const id = get(value, 'toolUseId')
  if (typeof id === 'string' && /^[\w.:-]{1,64}$/.test(id)) return id
  throw constraint(id, 'toolUseId', 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+')
}

/** Every use of a tool is followed by its result, and every result answers one. */
export function checkTools(messages: readonly Message[], configured: boolean): void {
  const ids = (message: Message | undefined, kind: 'toolUse' | 'toolResult'): string[] =>
    message?.content.flatMap((block) => (block.kind === kind ? [block.id] : [])) ?? []
  for (const [at, message] of messages.entries()) {
    const results = ids(message, 'toolResult')
    const uses = ids(messages[at - 1], 'toolUse')
    if (!configured && results.length + ids(message, 'toolUse').length > 0) {
      throw refuse('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
    }
    const missing = uses.filter((id) => !results.includes(id))
    const place = `messages.${at}.content`
    if (missing.length > 0) {
      throw refuse(`Expected toolResult blocks at ${place} for the following Ids: ${missing.join(', ')}`)
    }
    if (results.length > uses.length) {
      throw refuse(`The number of toolResult blocks at ${place} exceeds the number of toolUse blocks of previous turn.`)
    }
  }
}
