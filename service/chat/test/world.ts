import type { ActiveItem, DocumentRecord } from '../../../shared/documents/document.ts'
import { createLogger } from '../../../shared/logger.ts'
import type { ChatModel } from '../../../shared/ports/chat-model.ts'
import type { StoredMessage } from '../../../shared/ports/conversation-store.ts'
import { admits } from '../../../shared/retrieval/retriever.ts'
import type { Retriever } from '../../../shared/retrieval/types.ts'
import type { Principal } from '../../principal.ts'
import { createChat } from '../chat.ts'
import type { ChatOptions } from '../deps.ts'
import type { ChatAnswer, ChatRequest, TurnEvent } from '../types.ts'
import { type FakeDocument, never, passage, principal } from './support.ts'

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/** A base of documents, with every port of the chat in memory. */
export function createWorld(
  documents: FakeDocument[],
  model: ChatModel,
  { fast, ...more }: Partial<ChatOptions> & { fast?: ChatModel } = {},
) {
  const stored: (StoredMessage & { owner: string })[] = []
  const derived = new Map<string, string>()
  const cached = new Map<string, string>()
  const lines: string[] = []
  const seen = { searches: 0, active: 0, order: [] as string[] }
  let epoch = 1
  let ids = 0
  const owned = (owner: { tenant: string; subject: string }) => `${owner.tenant}/${owner.subject}`
  const item = ({ id, attempt, groups, incarnation, deleted }: FakeDocument): ActiveItem => ({
    id,
    attempt,
    groups,
    incarnation,
    deleted,
  })
  const retriever: Retriever = {
    async search(reader, { query, limit, mode }) {
      seen.searches++
      const wanted = new Set(words(query))
      const hits = documents
        .filter((one) => admits(item(one), reader))
        .flatMap((one) => one.passages.map((part) => passage(one, part)))
        .filter((one) => words(one.text).some((word) => wanted.has(word)))
      return { hits: hits.slice(0, limit), mode }
    },
  }
  const ports = {
    documents: {
      async active(_tenant: string, list: readonly string[]) {
        seen.active++
        return new Map(documents.filter((one) => list.includes(one.id)).map((one) => [one.id, item(one)]))
      },
      epoch: async () => epoch,
      counts: async () => ({ ready: documents.filter((one) => !one.deleted).length, processing: 1, failed: 2 }),
      async list(_tenant: string, options: { groups?: readonly string[]; limit: number }) {
        const items = documents.filter((one) => admits(item(one), { tenant: '', groups: options.groups }))
        return {
          items: items
            .slice(0, options.limit)
            .map((one) => ({ ...one, status: 'ready' })) as unknown as DocumentRecord[],
        }
      },
    } as unknown as ChatOptions['ports']['documents'],
    conversations: {
      async append(owner: Principal, conversationId: string, message: StoredMessage) {
        seen.order.push(`stored ${message.role}`)
        stored.push({ ...structuredClone(message), conversationId, owner: owned(owner) })
      },
      recent: async (owner: Principal, id: string, limit: number) =>
        stored.filter((one) => one.owner === owned(owner) && one.conversationId === id).slice(-limit),
      message: async (owner: Principal, id: string) =>
        stored.find((one) => one.owner === owned(owner) && one.id === id),
    } as unknown as ChatOptions['ports']['conversations'],
    derived: {
      put: async (key: string, body: string | Uint8Array) => void derived.set(key, String(body)),
      get: async (key: string) => (derived.has(key) ? Buffer.from(derived.get(key) ?? '') : undefined),
      remove: async (key: string) => void derived.delete(key),
      expire: async () => ({ removed: 0, more: false }),
    },
    cache: {
      get: async (key: string) => cached.get(key),
      put: async (key: string, value: string) => void cached.set(key, value),
      remove: async (key: string) => void cached.delete(key),
    },
    chat: model,
    ...(fast && { fast }),
  }
  const chat = createChat({
    ports,
    retriever,
    config: { MEMORY_TOKENS: 2000, ANSWER_TOKENS: 256, CACHE_TTL_MS: 60_000 },
    logger: createLogger({ level: 'info', name: 'test' }, { write: (line: string) => void lines.push(line) }),
    clock: () => 1_700_000_000_000,
    newId: () => `id${++ids}`,
    ...more,
  })

  async function events(request: ChatRequest | string, caller = principal(), signal = never()): Promise<TurnEvent[]> {
    const list: TurnEvent[] = []
    for await (const event of chat.turn(caller, typeof request === 'string' ? { message: request } : request, signal))
      list.push(event)
    return list
  }
  return {
    chat,
    stored,
    derived,
    cached,
    lines,
    seen,
    events,
    changed: () => void epoch++,
    async ask(request: ChatRequest | string, caller = principal()): Promise<ChatAnswer> {
      const last = (await events(request, caller)).at(-1)
      if (last?.type !== 'done') throw new Error('the turn did not end with an answer')
      return last.answer
    },
  }
}
