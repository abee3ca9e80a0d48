import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { KassError } from '../../errors.ts'
import { type ChatModel, type ConverseEvent, type ConverseRequest, refuseTools } from '../../ports/chat-model.ts'
import { countTokens } from '../../text/tokens.ts'
import { type LeftOut, withoutRefused } from '../without-refused.ts'
import { type ChatStream, createChatStream, take } from './chat-stream.ts'
import { renderMessages, type WireMessage } from './render.ts'
import { createThinkingFilter } from './thinking.ts'
import { createUpstream } from './upstream.ts'

export interface OpenAiChatOptions {
  url: string
  apiKey: string
  model: string
  contextTokens: number
  /** Longest silence of the server, in milliseconds. */
  timeoutMs: number
  /** Calls under way at once; more wait. */
  connections?: number
}

/** Some servers don't know `stream_options`, some models take no temperature, newer ones renamed `max_tokens`. */
const optionalFields = {
  stream_options: /stream_options|include_usage|extra (fields|inputs)|unknown (field|param)|unrecogni[sz]ed/i,
  temperature: /temperature/i,
  max_tokens: /max_completion_tokens/i,
}

/** A chat model behind `{url}/chat/completions`, streamed. */
export function createOpenAiChat(options: OpenAiChatOptions): ChatModel & { close(): Promise<void> } {
  const upstream = createUpstream({ ...options, connections: options.connections ?? 256 })
  const refused = new Set<string>()

  return {
    id: options.model,
    generates: true,
    usesTools: false,
    contextTokens: options.contextTokens,
    close: upstream.close,
    async *converse(request, signal) {
      refuseTools(options.model, request)
      const messages = renderMessages(request)
      const stream = createChatStream()
      const thinking = createThinkingFilter()
      let said = ''
      let aborted = signal.aborted
      try {
        if (!aborted) {
          const response = await withoutRefused(refused, optionalFields, (leftOut) =>
            upstream.post('/chat/completions', wireBody(options.model, messages, request, leftOut), signal),
          )
          for await (const text of readAnswer(response, stream)) {
            said += text
            const shown = thinking.push(text)
            if (shown !== '') yield { type: 'text', text: shown }
            if (signal.aborted) break
          }
          const rest = signal.aborted ? '' : thinking.end()
          if (rest !== '') yield { type: 'text', text: rest }
        }
        aborted = signal.aborted && !finished(stream)
      } catch (error) {
        if (!signal.aborted) throw upstream.broken(error)
        aborted = true
      }
      yield usageOf(stream, messages, said, aborted)
      yield { type: 'stop', reason: aborted ? 'aborted' : (stream.reason ?? 'end') }
    },
  }
}

/** The text of an answer as it comes. Leaving the loop early closes the connection; its regular end keeps it. */
async function* readAnswer(response: Dispatcher.ResponseData, stream: ChatStream): AsyncGenerator<string> {
  if (String(response.headers['content-type']).includes('application/json')) {
    const text = take(stream, await response.body.text())
    stream.done = true
    if (text !== '') yield text
    return
  }
  const body = response.body.setEncoding('utf8')
  const parts = body[Symbol.asyncIterator]()
  try {
    while (!stream.done) {
      const part = await parts.next()
      if (part.done) break
      const text = stream.feed(String(part.value))
      if (text !== '') yield text
      if (stream.broken) throw stream.broken
    }
    if (stream.done) await endOf(parts)
  } catch (error) {
    // A connection that breaks after the last word has cost nothing.
    if (!finished(stream)) throw error
  } finally {
    body.destroy()
  }
  if (!finished(stream)) {
    throw new KassError('model_failed', { detail: 'The model ended without saying that it had finished.' })
  }
}

/** After `[DONE]` the body ends at once, and its connection can serve again; a server that dawdles is not waited for. */
async function endOf(parts: AsyncIterator<unknown>): Promise<void> {
  const enough = new AbortController()
  const patience = wait(200, true, { signal: enough.signal, ref: false }).catch(() => true)
  await Promise.race([parts.next(), patience])
  enough.abort()
}

const finished = (stream: ChatStream): boolean => stream.done || stream.reason !== undefined

function wireBody(model: string, messages: WireMessage[], request: ConverseRequest, leftOut: LeftOut): object {
  return {
    model,
    messages,
    stream: true,
    ...(leftOut.has('stream_options') ? {} : { stream_options: { include_usage: true } }),
    ...(leftOut.has('temperature') ? {} : { temperature: 0 }),
    [leftOut.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens']: request.maxTokens,
  }
}

function usageOf(stream: ChatStream, messages: WireMessage[], said: string, aborted: boolean): ConverseEvent {
  if (stream.usage && !aborted) return { type: 'usage', ...stream.usage, estimated: false }
  const inputTokens = messages.reduce((sum, message) => sum + countTokens(message.content) + 4, 0)
  return { type: 'usage', inputTokens, outputTokens: countTokens(said), estimated: true }
}
