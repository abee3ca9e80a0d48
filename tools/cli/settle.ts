import { setTimeout as wait } from 'node:timers/promises'
import type { DocumentView } from '../../service/schemas/document.ts'
import type { Client } from './client.ts'
import { documentUrl } from './documents.ts'

/** Documents looked at in one round: the ones sent first are done first. */
const round = 16
const pauseMs = { least: 100, most: 1000 }

export interface Settling {
  /** Waits for one more document. */
  add(id: string, done: (document: DocumentView) => void): void
  /** No more will be added; resolves when all that were have been processed. */
  close(): Promise<void>
}

/** Follows documents until each is ready, failed or gone, with few requests however many there are. */
export function settle(client: Client, signal: AbortSignal): Settling {
  const open = new Map<string, ((document: DocumentView) => void)[]>()
  let closed = false
  let wake = () => {}

  const look = async (id: string): Promise<boolean> => {
    const { body } = await client.json<DocumentView>('GET', documentUrl(id), { signal, reconnectMs: 30_000 })
    if (body.status !== 'ready' && body.status !== 'failed' && body.status !== 'gone') return false
    for (const done of open.get(id) ?? []) done(body)
    return open.delete(id)
  }

  const work = async () => {
    let pause = pauseMs.least
    while (!closed || open.size > 0) {
      if (open.size === 0) {
        await new Promise<void>((resolve) => (wake = resolve))
        continue
      }
      const looked = await Promise.all([...open.keys()].slice(0, round).map(look))
      if (looked.every((done) => done)) pause = pauseMs.least
      else {
        await wait(pause, undefined, { signal })
        pause = looked.some((done) => done) ? pauseMs.least : Math.min(pauseMs.most, pause * 1.5)
      }
    }
  }
  const finished = work()
  // Whoever closes hears of a failure; until then it must not end the process.
  finished.catch(() => {})
  return {
    add(id, done) {
      open.set(id, [...(open.get(id) ?? []), done])
      wake()
    },
    close() {
      closed = true
      wake()
      return finished
    },
  }
}
