import type { Answer } from './control.ts'
import type { ConverseCall } from './converse-request.ts'
import { groundedAnswer, hasSources, questionOf } from './grounded.ts'
import { asksToRewrite, standAlone } from './stand-alone.ts'

export type StopReason = NonNullable<Answer['stopReason']>

/** What a model says, piece by piece; the stop comes last. */
export type Part =
  | { type: 'reasoning'; text: string }
  | { type: 'text'; text: string }
  | { type: 'toolUse'; id: string; name: string }
  /** A piece of the JSON of that tool's input. */
  | { type: 'input'; json: string }
  | { type: 'stop'; reason: StopReason }

export interface Guardrail {
  words: readonly string[]
  message: string
}

/** The answer to a request without a model: a scripted one, or one made from the sources in the prompt. */
export function* reply(call: ConverseCall, script: Answer | undefined, guardrail?: Guardrail): Generator<Part> {
  const prompt = promptOf(call)
  if (script === undefined && guardrail && call.guarded && intervenes(guardrail, prompt)) {
    yield* saying(guardrail.message, [], 'guardrail_intervened')
    return
  }
  const uses = script?.toolUse ?? []
  const text = script === undefined ? composed(call, prompt) : (script.text ?? '')
  const turn = call.messages.length
  for (const piece of pieces(script?.reasoning ?? '')) yield { type: 'reasoning', text: piece }
  for (const part of saying(
    text,
    call.stopSequences,
    script?.stopReason ?? (uses.length > 0 ? 'tool_use' : undefined),
  )) {
    if (part.type === 'stop') {
      for (const [at, { id, name, input }] of uses.entries()) {
        yield { type: 'toolUse', id: id ?? `tooluse_${turn}_${at}`, name }
        for (const json of JSON.stringify(input).match(/[\s\S]{1,12}/g) ?? []) yield { type: 'input', json }
      }
    }
    yield part
  }
}

function* saying(text: string, stopSequences: readonly string[], reason: StopReason | undefined): Generator<Part> {
  const cuts = stopSequences.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0)
  const said = cuts.length > 0 ? text.slice(0, Math.min(...cuts)) : text
  for (const piece of pieces(said)) yield { type: 'text', text: piece }
  yield { type: 'stop', reason: reason ?? (cuts.length > 0 ? 'stop_sequence' : 'end_turn') }
}

/** Small pieces, as a model streams them: a word each, and long words in parts. */
export const pieces = (text: string): string[] => text.match(/\s*\S{1,16}(?:\s+$)?/g) ?? (text === '' ? [] : [text])

/** Ends an answer where the request's `maxTokens` end; a piece counts as a token. */
export async function* limited(
  parts: Iterable<Part> | AsyncIterable<Part>,
  maxTokens: number,
): AsyncGenerator<Part, void, undefined> {
  let tokens = 0
  for await (const part of parts) {
    if (part.type !== 'toolUse' && part.type !== 'stop') tokens++
    if (tokens > maxTokens) {
      yield { type: 'stop', reason: 'max_tokens' }
      return
    }
    yield part
  }
}

/** The texts of the last message that has some: sources and question. */
function promptOf(call: ConverseCall): string {
  const texts = call.messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n'))
  return texts.findLast((text) => text !== '') ?? ''
}

const intervenes = (guardrail: Guardrail, prompt: string): boolean => {
  const asked = questionOf(prompt).toLowerCase()
  return guardrail.words.some((word) => asked.includes(word.toLowerCase()))
}

function composed(call: ConverseCall, prompt: string): string {
  if (asksToRewrite(prompt)) return standAlone(prompt)
  const results = (call.messages.at(-1)?.content ?? []).flatMap((block) =>
    block.kind === 'toolResult' ? [block.text] : [],
  )
  const found = results.join('\n')
  // Tools may bring sources too; what else they bring is told as it is.
  if (found !== '' && !hasSources(found)) return `The tool says: ${found}`
  const whole = found === '' ? prompt : `${found}\n${prompt}`
  if (hasSources(whole)) return groundedAnswer(whole)
  const question = questionOf(prompt)
  return `No documents came with this request, so this emulator has nothing to answer from. You said: ${question}`
}
