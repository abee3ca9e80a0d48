import type { AccessStore } from '../../shared/ports/access-store.ts'
import type { App } from '../deps.ts'

const flushMs = 60_000
/** How often the last write is tried. */
const lastTries = 5

export interface LastUse {
  /** A key let a request in. */
  note(id: string, at: number): void
  /** Hands everything noted so far to the store. */
  flush(): Promise<void>
}

/**
 * Remembers when each key was last used, and writes it once a minute and at the end: one write a minute for a key, however
 * many requests it sends, and none that a request waits for. A process that is killed loses a minute at most.
 */
export function addLastUse(app: App, access: AccessStore): LastUse {
  let noted = new Map<string, number>()

  function note(id: string, at: number): void {
    noted.set(id, Math.max(at, noted.get(id) ?? at))
  }

  async function writeAll(): Promise<void> {
    const entries = [...noted]
    noted = new Map()
    for (const [id, at] of entries) {
      try {
        await access.used(id, at)
      } catch (error) {
        // Kept for the next time.
        note(id, at)
        app.log.error({ err: error }, 'the last use of a key could not be written')
      }
    }
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
    for (let tries = 0; tries < lastTries && (tries === 0 || noted.size > 0); tries++) await flush()
  })
  return { note, flush }
}
