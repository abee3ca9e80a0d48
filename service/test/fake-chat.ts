import { ulid } from 'ulid'
import type { Chat, ChatAnswer, TurnEvent } from '../chat/types.ts'

/** A whole answer, as the chat gives it. */
export function answer(about: Partial<ChatAnswer> = {}): ChatAnswer {
  return {
    answer: 'Twenty-five days. [1]',
    conversation_id: 'a-conversation',
    message_id: 'a-message',
    citations: [],
    model: 'extractive',
    generated: false,
    route: 'documents',
    cached: false,
    grounded: true,
    notices: [],
    usage: { input_tokens: 7, output_tokens: 3, estimated: false },
    latency_ms: 1,
    ...about,
  }
}

/** A chat that answers everything with the same words, in two pieces. */
export function fakeChat(): Chat {
  return {
    async *turn(_caller, { conversation_id = ulid() }) {
      yield { type: 'start', conversation_id, message_id: 'a-message' }
      yield { type: 'delta', text: 'Twenty-five ' }
      yield { type: 'delta', text: 'days. [1]' }
      yield { type: 'done', answer: answer({ conversation_id }) }
    },
    readable: async (_caller, messages) => messages.map((message) => ({ ...message, redacted: false })),
    trace: async () => undefined,
    forget: async () => {},
  }
}

/** A turn that a test leads: each event is sent when the test says so, and the signal it was given can be waited for. */
export function ledChat() {
  const begun = Promise.withResolvers<AbortSignal>()
  const queue: (TurnEvent | Error)[] = []
  let wake = Promise.withResolvers<void>()
  const push = (entry: TurnEvent | Error) => {
    queue.push(entry)
    wake.resolve()
  }
  const turn: Chat['turn'] = async function* (_caller, _request, signal) {
    signal.addEventListener('abort', () => wake.resolve())
    begun.resolve(signal)
    for (;;) {
      const next = queue.shift()
      if (next instanceof Error) throw next
      if (next) {
        yield next
        if (next.type === 'done') return
        continue
      }
      if (signal.aborted) return
      wake = Promise.withResolvers<void>()
      await wake.promise
    }
  }
  return { turn, push, begun: begun.promise }
}
