import { createHash } from 'node:crypto'
import type { Cache } from '../../shared/ports/cache.ts'
import type { DocumentStore } from '../../shared/ports/document-store.ts'
import type { Principal } from '../principal.ts'
import type { Made } from './made.ts'
import type { ChatRequest } from './types.ts'
import { visibility } from './visibility.ts'

export interface AnswerCache {
  /** The key of a question that stands alone, as the documents are now; undefined when answers are not kept. */
  key(caller: Principal, request: ChatRequest, about: { model: string; mode: string }): Promise<string | undefined>
  /** An answer to the same question that still holds: each of its documents is checked again. */
  get(caller: Principal, key: string): Promise<Made | undefined>
  put(key: string, made: Made): Promise<void>
}

/** Answers that may be given again. They never cross a tenant or a set of groups, nor outlive a change of documents. */
export function createAnswerCache(
  { cache, documents }: { cache: Cache; documents: Pick<DocumentStore, 'active' | 'epoch'> },
  ttlMs: number,
): AnswerCache {
  return {
    async key(caller, request, about) {
      if (ttlMs <= 0) return undefined
      const epoch = await documents.epoch(caller.tenant)
      const parts = [
        caller.tenant,
        caller.groups === undefined ? '*' : [...new Set(caller.groups)].sort(),
        request.message.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim(),
        canonical(request.filters ?? {}),
        request.limit ?? 0,
        about.model,
        about.mode,
        epoch,
      ]
      return `answer:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`
    },
    async get(caller, key) {
      const stored = await cache.get(key)
      if (stored === undefined) return undefined
      const made: Made = JSON.parse(stored)
      const holds = await visibility(documents, caller, made.seen)
      return made.seen.every(holds) ? made : undefined
    },
    put: (key, made) => cache.put(key, JSON.stringify(made), ttlMs),
  }
}

/** Filters in one form: the order of their keys, and of the values in a list, says nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(canonical(one))).sort()
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, canonical(one)])
}
