import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../shared/logger.ts'

export interface HeartbeatOptions {
  file: string
  everyMs: number
  logger: Pick<Logger, 'error'>
}

/**
 * Writes the time into a file again and again, which shows whoever looks from outside that this process gets its turn:
 * a worker has no port to ask. Written on the event loop on purpose, since a worker that is stuck must fall silent.
 * @returns ends it and removes the file
 */
export function startHeartbeat({ file, everyMs, logger }: HeartbeatOptions): () => void {
  let failed = false
  const beat = () => {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, new Date().toISOString())
      failed = false
    } catch (error) {
      // Said once: the health check says the rest.
      if (!failed) logger.error({ err: error, file }, 'the heartbeat cannot be written')
      failed = true
    }
  }
  beat()
  const timer = setInterval(beat, everyMs)
  return () => {
    clearInterval(timer)
    rmSync(file, { force: true })
  }
}
