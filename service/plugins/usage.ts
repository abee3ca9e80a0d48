import type { AccessStore, Usage } from '../../shared/ports/access-store.ts'
import type { App } from '../deps.ts'
import type { Principal } from '../principal.ts'

const flushMs = 5_000
/** How often the last write is tried. */
const lastTries = 5

export interface UsageCounter {
  add(caller: Principal, usage: Partial<Usage>): void
  /** Hands everything counted so far to the store. */
  flush(): Promise<void>
}

interface Counted extends Usage {
  tenant: string
  subject: string
  day: string
}

/** Counts in memory, by subject and day, and writes every few seconds and at the end, so that no request waits for it. */
export function addUsage(app: App, access: AccessStore, clock: () => number): UsageCounter {
  let counted = new Map<string, Counted>()

  function put(entry: Counted): void {
    const key = JSON.stringify([entry.tenant, entry.subject, entry.day])
    const known = counted.get(key)
    if (!known) {
      counted.set(key, { ...entry })
      return
    }
    known.requests += entry.requests
    known.inputTokens += entry.inputTokens
    known.outputTokens += entry.outputTokens
  }

  async function write(entry: Counted): Promise<void> {
    const { requests, inputTokens, outputTokens, ...who } = entry
    try {
      await access.count(who, { requests, inputTokens, outputTokens })
    } catch (error) {
      // Kept for the next time.
      put(entry)
      app.log.error({ err: error }, 'usage could not be written')
    }
  }

  async function writeAll(): Promise<void> {
    const entries = [...counted.values()]
    counted = new Map()
    for (const entry of entries) await write(entry)
  }

  // One after the other, so that the last one waits for what an earlier one still has in its hands.
  let flushed = Promise.resolve()
  function flush(): Promise<void> {
    flushed = flushed.then(writeAll)
    return flushed
  }

  const timer = setInterval(() => void flush(), flushMs).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    for (let tries = 0; tries < lastTries && (tries === 0 || counted.size > 0); tries++) await flush()
  })
  return {
    flush,
    add({ tenant, subject }, usage) {
      const day = new Date(clock()).toISOString().slice(0, 10)
      put({ tenant, subject, day, requests: 0, inputTokens: 0, outputTokens: 0, ...usage })
    },
  }
}
