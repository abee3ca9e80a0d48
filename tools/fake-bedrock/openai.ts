import { createParser } from 'eventsource-parser'
import type { Block } from './converse-messages.ts'
import type { ConverseCall } from './converse-request.ts'
import { get, list } from './http.ts'
import type { Part, StopReason } from './reply.ts'
import { ServiceError } from './service-error.ts'

/** A server with the OpenAI wire format that writes the answers, in place of the emulator. */
export interface OpenAiTarget {
  /** Base URL, `/v1` included. */
  url: string
  model: string
  key?: string
}

const reasons: Record<string, StopReason> = {
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
}
const failed = (why: string) =>
  new ServiceError('ModelErrorException', `The request failed due to an error while processing the model: ${why}`)

/**
 * Passes a request on and gives back the answer as it comes.
 * @throws ServiceError ModelErrorException when that server refuses, is not there, or sends something else
 */
export async function* passedOn(call: ConverseCall, target: OpenAiTarget, signal: AbortSignal): AsyncGenerator<Part> {
  const response = await fetch(`${target.url.replace(/\/$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(target.key && { authorization: `Bearer ${target.key}` }),
    },
    body: JSON.stringify(bodyOf(call, target.model)),
    signal,
  }).catch((error: unknown) => {
    throw failed(error instanceof Error ? error.message : String(error))
  })
  if (!response.ok || response.body === null) throw failed(`status ${response.status}`)
  const events: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void events.push(data) })
  const decoder = new TextDecoder()
  let reason: StopReason | undefined
  let tool = -1
  for await (const bytes of response.body) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    for (const data of events.splice(0)) {
      if (data === '[DONE]') continue
      const [choice] = list(get(parsed(data), 'choices'))
      const delta = get(choice, 'delta')
      const text = get(delta, 'content')
      if (typeof text === 'string' && text !== '') yield { type: 'text', text }
      for (const use of list(get(delta, 'tool_calls'))) {
        const index = Number(get(use, 'index') ?? 0)
        const wanted = get(use, 'function')
        if (index !== tool) {
          tool = index
          const id = String(get(use, 'id') ?? `tooluse_${index}`).replace(/[^\w.:-]/g, '_')
          yield { type: 'toolUse', id: id.slice(0, 64), name: String(get(wanted, 'name')) }
        }
        const json = get(wanted, 'arguments')
        if (typeof json === 'string' && json !== '') yield { type: 'input', json }
      }
      const finish = get(choice, 'finish_reason')
      if (typeof finish === 'string') reason = reasons[finish] ?? 'end_turn'
    }
  }
  if (reason === undefined) throw failed('the answer ended in the middle')
  yield { type: 'stop', reason }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw failed('an event is not JSON')
  }
}

function bodyOf(call: ConverseCall, model: string): object {
  const system = textOf(call.system)
  return {
    model,
    stream: true,
    max_tokens: call.maxTokens,
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), ...call.messages.flatMap(messagesOf)],
    ...(call.temperature !== undefined && { temperature: call.temperature }),
    ...(call.stopSequences.length > 0 && { stop: call.stopSequences }),
    ...(call.tools.length > 0 && {
      tools: call.tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema },
      })),
    }),
  }
}

const textOf = (blocks: readonly Block[]): string =>
  blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n')

function messagesOf({ role, content }: ConverseCall['messages'][number]): object[] {
  const results = content.flatMap((block) =>
    block.kind === 'toolResult' ? [{ role: 'tool', tool_call_id: block.id, content: block.text }] : [],
  )
  const uses = content.flatMap((block) =>
    block.kind === 'toolUse'
      ? [{ id: block.id, type: 'function', function: { name: block.name, arguments: JSON.stringify(block.input) } }]
      : [],
  )
  const text = textOf(content)
  const own = text !== '' || uses.length > 0
  return [...results, ...(own ? [{ role, content: text, ...(uses.length > 0 && { tool_calls: uses }) }] : [])]
}
