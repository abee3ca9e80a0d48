import type { ConverseRequest } from '../../ports/chat-model.ts'
import { sourcesNotice, withSources } from '../source-blocks.ts'

export interface WireMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** The request as messages of the wire format: instructions in the system message only, sources in the last user message. */
export function renderMessages(request: ConverseRequest): WireMessage[] {
  const any = request.sources.length > 0
  const messages: WireMessage[] = [
    { role: 'system', content: any ? `${request.system}\n\n${sourcesNotice}` : request.system },
    ...request.messages.map(({ role, content }) => ({ role, content })),
  ]
  const last = messages.at(-1)
  if (any && last?.role === 'user') {
    messages[messages.length - 1] = { role: 'user', content: withSources(request.sources, last.content) }
  }
  return messages
}
