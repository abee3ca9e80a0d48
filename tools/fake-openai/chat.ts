import type { ServerResponse } from 'node:http'
import { answerTo, pieces } from './answer.ts'
import type { Counting, Fault } from './faults.ts'

export interface ChatCall {
  model: string
  messages: { role: string; content: string }[]
  stream: boolean
  includeUsage: boolean
}

/** Writes the answer of one chat call, whole or as server-sent events, with what is to go wrong. */
export async function writeChat(
  response: ServerResponse,
  call: ChatCall,
  fault: Fault,
  counting: Counting,
): Promise<void> {
  const text = fault.reply ?? answerTo(call.messages.at(-1)?.content ?? '')
  const parts = pieces(text)
  const reason = fault.finishReason ?? 'stop'
  const prompt = call.messages.reduce((sum, message) => sum + Math.ceil(message.content.length / 4), 0)
  const usage = { prompt_tokens: prompt, completion_tokens: parts.length, total_tokens: prompt + parts.length }
  const common = { id: 'chatcmpl-fake', created: 0, model: call.model }

  if (!call.stream) {
    const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: reason }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  const event = (choices: object[], more: object = {}) =>
    response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices, ...more })}\n\n`)
  for (let said = 0; said <= parts.length; said++) {
    if (said === fault.stallAfter) return
    if (said === fault.pauseAfter) {
      await fault.goOn
      if (response.destroyed) return
    }
    if (said === fault.endAfter) return void response.end()
    // Only once what was said has left, so that the client has seen it.
    if (said === fault.cutAfter) return void response.write(': cut\n\n', () => response.destroy())
    if (said === fault.malformedAfter) response.write('data: {"choices": [{"del\n\n')
    const part = parts[said]
    if (part === undefined) break
    event([{ index: 0, delta: { content: part }, finish_reason: null }])
    counting.add('chunks')
  }
  event([{ index: 0, delta: {}, finish_reason: reason }])
  if (call.includeUsage && !fault.withoutUsage) event([], { usage })
  response.end('data: [DONE]\n\n')
}
