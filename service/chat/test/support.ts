import type { ChatModel, ConverseEvent, ConverseRequest } from '../../../shared/ports/chat-model.ts'
import type { RetrievedPassage } from '../../../shared/retrieval/types.ts'
import type { Principal } from '../../principal.ts'

export interface FakeDocument {
  id: string
  path: string
  title: string
  groups: string[]
  incarnation: number
  attempt: string
  deleted: boolean
  passages: Partial<RetrievedPassage>[]
}

export const principal = (more: Partial<Principal> = {}): Principal => ({
  tenant: 'acme',
  subject: 'kim',
  groups: undefined,
  scopes: ['chat'],
  keyId: 'k1',
  ...more,
})

export const never = (): AbortSignal => new AbortController().signal

export function document(id: string, text: string, more: Partial<FakeDocument> = {}): FakeDocument {
  const base = {
    id,
    path: `${id}.md`,
    title: `Title of ${id}`,
    groups: [],
    incarnation: 1,
    attempt: `a-${id}`,
    deleted: false,
  }
  return { ...base, passages: [{ text }], ...more }
}

export function passage(of: FakeDocument, more: Partial<RetrievedPassage> = {}): RetrievedPassage {
  return {
    key: `${of.attempt}:${more.ordinal ?? 0}`,
    documentId: of.id,
    attempt: of.attempt,
    incarnation: of.incarnation,
    path: of.path,
    title: of.title,
    contentType: 'text/markdown',
    tags: [],
    metadata: {},
    ordinal: 0,
    kind: 'text',
    text: '',
    section: [],
    locator: 'lines 1-3',
    hash: '',
    score: 1,
    scores: { text: 1 },
    ...more,
  }
}

/** A model that says what a test wants, and remembers what it was asked. */
export function scripted(
  reply: (request: ConverseRequest, call: number) => string | Error,
  more: Partial<ChatModel> = {},
) {
  const requests: ConverseRequest[] = []
  const model: ChatModel = {
    id: 'scripted',
    generates: true,
    usesTools: false,
    contextTokens: 8192,
    async *converse(request, signal): AsyncGenerator<ConverseEvent> {
      const said = reply(request, requests.push(request))
      if (said instanceof Error) throw said
      for (const text of said.match(/.{1,3}/gs) ?? []) {
        if (signal.aborted) break
        yield { type: 'text', text }
      }
      yield { type: 'usage', inputTokens: 100, outputTokens: 10, estimated: signal.aborted }
      yield { type: 'stop', reason: signal.aborted ? 'aborted' : 'end' }
    },
    ...more,
  }
  return { model, requests }
}
