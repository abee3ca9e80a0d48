import { createParser } from 'eventsource-parser'
import { isKassError, KassError } from '../../errors.ts'
import type { StopReason } from '../../ports/chat-model.ts'
import { field } from '../wire-values.ts'

/** What one stream of completion chunks has said so far. */
export interface ChatStream {
  /** Takes bytes as they come and gives the text that they complete. */
  feed(bytes: string): string
  usage: { inputTokens: number; outputTokens: number } | undefined
  reason: StopReason | undefined
  /** The server said `[DONE]`. */
  done: boolean
  /** What went wrong behind the text that was given; nothing is read from then on. */
  broken: KassError | undefined
}

const longestEvent = 4 * 1024 * 1024

/**
 * Reads the server-sent events of `chat/completions`. An event that is not what the format promises, or is an error,
 * shows as `broken`: what came before it in the same bytes is text all the same.
 */
export function createChatStream(): ChatStream {
  let text = ''
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent(event) {
      if (stream.done) return
      if (event.data.trim() === '[DONE]') stream.done = true
      else text += take(stream, event.data)
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw failed('an event larger than any answer')
    },
  })
  const stream: ChatStream = {
    usage: undefined,
    reason: undefined,
    done: false,
    broken: undefined,
    feed(bytes) {
      text = ''
      try {
        parser.feed(bytes)
      } catch (error) {
        if (!isKassError(error)) throw error
        stream.broken = error
      }
      return text
    },
  }
  return stream
}

/** Takes in one chunk, or a whole completion of a server that does not stream. */
export function take(stream: ChatStream, data: string): string {
  let chunk: unknown
  try {
    chunk = JSON.parse(data)
  } catch {
    throw failed('an event that is not JSON')
  }
  const error = field(chunk, 'error')
  if (error !== undefined && error !== null) throw failed('an error')
  const usage = field(chunk, 'usage')
  const inputTokens = field(usage, 'prompt_tokens')
  const outputTokens = field(usage, 'completion_tokens')
  if (typeof inputTokens === 'number' && typeof outputTokens === 'number') stream.usage = { inputTokens, outputTokens }

  const choices = field(chunk, 'choices')
  if (!Array.isArray(choices)) {
    if (stream.usage !== undefined) return ''
    throw failed('an event without choices')
  }
  const choice: unknown = choices[0]
  const reason = field(choice, 'finish_reason')
  if (typeof reason === 'string' && reason !== '') stream.reason = stopReason(reason)
  const content = field(field(choice, 'delta') ?? field(choice, 'message'), 'content')
  return typeof content === 'string' ? content : ''
}

function stopReason(reason: string): StopReason {
  if (reason === 'length') return 'max_tokens'
  return reason === 'content_filter' ? 'content_filter' : 'end'
}

function failed(what: string): KassError {
  return new KassError('model_failed', { detail: `The model's stream held ${what}.` })
}
