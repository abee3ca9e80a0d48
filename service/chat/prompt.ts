import { createHash } from 'node:crypto'
import { KassError } from '../../shared/errors.ts'
import type { ChatMessage, ConverseRequest, Source } from '../../shared/ports/chat-model.ts'
import type { RetrievedPassage } from '../../shared/retrieval/types.ts'
import { notSaid } from '../../shared/text/not-said.ts'
import { countTokens } from '../../shared/text/tokens.ts'

export interface Prompt {
  request: ConverseRequest
  /** The passages that found room; the first one has number 1. */
  given: RetrievedPassage[]
}

export interface PromptInput {
  question: string
  memory: readonly ChatMessage[]
  hits: readonly RetrievedPassage[]
  /** The question asks for something that would have to be counted or computed. */
  aggregate: boolean
  /** What fits into one request to the model, answer included. */
  contextTokens: number
  answerTokens: number
}

const rules = `You answer questions from the numbered sources that come with the last question, and from nothing else.
- After each statement cite the source it stands on by its number in brackets: [1], or [1][3] for several. Use no number that is not there.
- Quote figures, dates and names exactly as they stand in the source.
- If the sources don't answer the question, reply only with this sentence, in the language of the question and without a citation: ${notSaid}
- If they answer a part of it, answer that part and say what they don't say.
- Answer in the language of the question, briefly and plainly.
- Earlier messages only tell what the question is about; they are no sources.`
const noArithmetic = `
- The question seems to ask for something counted or computed over rows of a table. You see only some of the rows, so don't count, add up or compare over them: give the rows that bear on the question, with their citations.`

/** What the wire format adds to a message or a source. */
const frameTokens = 24
const leastSourceTokens = 48
/** Token counts are estimates: so much of the room stays free. */
const safety = 0.1

/**
 * The request for an answer: rules, remembered turns, question, and as many of the best passages as fit.
 * @throws KassError invalid_request when the question alone is too long for the model
 */
export function buildPrompt(input: PromptInput): Prompt {
  const system = input.aggregate ? rules + noArithmetic : rules
  const maxTokens = Math.min(input.answerTokens, Math.floor(input.contextTokens / 2))
  const question: ChatMessage = { role: 'user', content: input.question }
  const given: RetrievedPassage[] = []
  const sources: Source[] = []
  const add = (passage: RetrievedPassage, text: string) => {
    const { title, path, section, locator, kind, headerless } = passage
    given.push(text === passage.text ? passage : shortened(passage, text))
    sources.push({ number: given.length, title, path, section, locator, kind, text, ...(headerless && { headerless }) })
  }

  if (input.contextTokens >= Number.MAX_SAFE_INTEGER) {
    for (const passage of input.hits) add(passage, passage.text)
    return { request: { system, messages: [...input.memory, question], sources, maxTokens }, given }
  }
  let left = Math.floor(input.contextTokens * (1 - safety)) - maxTokens - countTokens(system) - 4 * frameTokens
  left -= messageTokens(question)
  if (left < leastSourceTokens) {
    throw new KassError('invalid_request', { detail: 'The question is too long for the model.', place: 'message' })
  }
  const memory = recent(input.memory, Math.floor(left / 3))
  for (const message of memory) left -= messageTokens(message)
  for (const passage of input.hits) {
    const room =
      left - frameTokens - countTokens([passage.title, passage.path, ...passage.section, passage.locator].join(' '))
    const text = fitted(passage, room)
    if (text === undefined) break
    add(passage, text)
    left = room - countTokens(text)
  }
  return { request: { system, messages: [...memory, question], sources, maxTokens }, given }
}

const messageTokens = (message: ChatMessage): number => countTokens(message.content) + frameTokens

/** The last turns that fit; sources come before memories. */
function recent(memory: readonly ChatMessage[], room: number): ChatMessage[] {
  const messages = [...memory]
  let used = messages.reduce((sum, message) => sum + messageTokens(message), 0)
  while (used > room) {
    for (const dropped of messages.splice(0, 2)) used -= messageTokens(dropped)
  }
  return messages
}

function shortened(passage: RetrievedPassage, text: string): RetrievedPassage {
  const rows = text.split('\n').length - (passage.headerless ? 0 : 1)
  return { ...passage, text, ...(passage.rowNumbers && { rowNumbers: passage.rowNumbers.slice(0, rows) }) }
}

/** The text of a passage, cut behind a line or a word where it must be; undefined when there is no use in it. */
function fitted(passage: RetrievedPassage, room: number): string | undefined {
  if (countTokens(passage.text) <= room) return passage.text
  if (room < leastSourceTokens) return undefined
  let cut = passage.text.slice(0, room * 4)
  while (countTokens(cut) > room) cut = cut.slice(0, Math.floor(cut.length * 0.8))
  const border = passage.kind === 'rows' ? cut.lastIndexOf('\n') : cut.search(/\s\S*$/)
  return border > 0 ? cut.slice(0, border) : undefined
}

/** Names a prompt without telling it. */
export function promptHash(request: ConverseRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 32)
}
