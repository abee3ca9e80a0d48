import { traceKey } from '../../shared/documents/trace-key.ts'
import { silentMeter } from '../../shared/telemetry/meter.ts'
import { ulid } from '../../shared/ulid.ts'
import { createAnswerCache } from './answer-cache.ts'
import type { ChatDeps, ChatOptions } from './deps.ts'
import { readable } from './memory.ts'
import { readTrace } from './trace.ts'
import { runTurn } from './turn.ts'
import type { Chat } from './types.ts'

/** The answering of questions: each step has a file of its own, and `turn.ts` puts them together. */
export function createChat(options: ChatOptions): Chat & {
  /** Resolves when everything that was left for later is done: traces and kept answers. Call it before the ports close. */
  idle(): Promise<void>
} {
  const { ports, config, logger } = options
  const pending = new Map<string, Promise<void>>()
  const deps: ChatDeps = {
    clock: Date.now,
    newId: ulid,
    meter: silentMeter,
    ...options,
    answers: createAnswerCache(ports, config.CACHE_TTL_MS),
    later(name, work) {
      const done = new Promise((resolve) => setImmediate(resolve))
        .then(work)
        .catch((error: unknown) => logger.error({ err: error, about: name }, 'could not be kept'))
        .finally(() => pending.delete(name))
      pending.set(name, done)
    },
  }
  return {
    turn: (caller, request, signal) => runTurn(deps, caller, request, signal),
    readable: (caller, messages) => readable(ports.documents, caller, messages),
    async trace(caller, messageId) {
      await pending.get(messageId)
      return readTrace(ports, caller, messageId)
    },
    async forget(messageIds) {
      for (const id of messageIds) {
        await pending.get(id)
        await ports.derived.remove(traceKey(id))
      }
    },
    async idle() {
      while (pending.size > 0) await Promise.all(pending.values())
    },
  }
}
