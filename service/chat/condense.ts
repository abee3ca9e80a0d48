import { isKassError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { ChatMessage, ChatModel } from '../../shared/ports/chat-model.ts'
import { callModel, noUsage, type TurnUsage } from './model-call.ts'

export interface Condensed {
  /** What to search for. */
  question: string
  usage: TurnUsage
  /** Why the question was searched for as it was asked. */
  notice?: string
}

const rules = `You rewrite the last question of a conversation so that it can be understood without the conversation: replace pronouns and references by what they stand for. Keep its language and its meaning, add nothing, don't answer it. If it can already be understood alone, repeat it as it is. Reply with the question only, on one line.`
const maxTokens = 160
const longest = 1000

/** Makes a follow-up stand alone, by the model. Without memory, or when that fails, the question stays as it is. */
export async function condense(
  deps: { model: ChatModel; logger: Logger },
  memory: readonly ChatMessage[],
  question: string,
  signal: AbortSignal,
): Promise<Condensed> {
  if (!deps.model.generates || memory.length === 0) return { question, usage: noUsage }
  const transcript = memory
    .map(({ role, content }) => `${role === 'user' ? 'User' : 'Assistant'}: ${content}`)
    .join('\n')
  const content = `Conversation:\n${transcript}\n\nRewrite this last question.\nQuestion: ${question}`
  const request = { system: rules, messages: [{ role: 'user' as const, content }], sources: [], maxTokens }
  const call = callModel(deps, 'condense', request, signal)
  let rewritten = ''
  try {
    for await (const text of call.text) {
      rewritten += text
      if (rewritten.length > longest) break
    }
  } catch (error) {
    if (signal.aborted || !isKassError(error)) throw error
    const notice = `Searched for the question as it was asked: it could not be rewritten to stand alone (${error.code}).`
    return { question, usage: call.usage(), notice }
  }
  const line = oneLine(rewritten)
  if (line !== '' && rewritten.length <= longest) return { question: line, usage: call.usage() }
  const notice = 'Searched for the question as it was asked: the model did not rewrite it to stand alone.'
  return { question, usage: call.usage(), notice }
}

function oneLine(text: string): string {
  const line = text.split('\n').find((part) => part.trim() !== '') ?? ''
  return line
    .trim()
    .replace(/^(?:stand-?alone )?question:\s*/i, '')
    .replace(/^["'“„«](.*)["'”“»]$/s, '$1')
    .trim()
}
