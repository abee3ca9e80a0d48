import { EventStreamCodec } from '@smithy/core/event-streams'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)
const value = (text: string) => ({ type: 'string' as const, value: text })

function encode(kind: 'event' | 'exception', name: string, body: unknown): Buffer {
  const headers = {
    ':message-type': value(kind),
    [kind === 'event' ? ':event-type' : ':exception-type']: value(name),
    ':content-type': value('application/json'),
  }
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(body)) }))
}

/** One event of a stream, as it goes over the wire. */
export const event = (name: string, body: unknown): Buffer => encode('event', name, body)
/** An exception in a stream, under the name of its event. */
export const exception = (name: string, message: string): Buffer => encode('exception', name, { message })

export interface Usage {
  inputTokens: number
  outputTokens: number
  cacheReadInputTokens?: number
  cacheWriteInputTokens?: number
}
export const usage: Usage = { inputTokens: 100, outputTokens: 12 }

export const start = (): Buffer => event('messageStart', { role: 'assistant' })
export const text = (words: string): Buffer =>
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: words } })
export const stop = (stopReason = 'end_turn'): Buffer => event('messageStop', { stopReason })
export const figures = (of: Usage = usage): Buffer =>
  event('metadata', { usage: { totalTokens: 0, ...of }, metrics: { latencyMs: 1 } })

/** A whole answer. */
export const answer = (words: string, stopReason?: string, of?: Usage): Buffer[] => [
  start(),
  ...(words.match(/.{1,8}/gs) ?? []).map(text),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  stop(stopReason),
  figures(of),
]

/** The model asks for a tool, its input in two pieces. */
export const asking = (name: string, json: string, stopReason = 'tool_use'): Buffer[] => [
  start(),
  event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'use-1', name } } }),
  ...[json.slice(0, 3), json.slice(3)].map((input) =>
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } } }),
  ),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  stop(stopReason),
  figures(),
]
