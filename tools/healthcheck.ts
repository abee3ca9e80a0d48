/**
 * The image's health check, the same for both of its commands: a worker leaves a heartbeat (HEARTBEAT_FILE), an API
 * answers GET /health. Exits with 0 when the process in this container is well, otherwise with 1 and a sentence.
 */
import { statSync } from 'node:fs'
import { type Config, loadConfig } from '../shared/config.ts'

/** Six heartbeats (worker/main.ts): what takes longer is stuck. */
const oldestMs = 30_000
const timeoutMs = 3_000

/** What is wrong with the process that has this configuration; undefined when it is well. */
export async function ailment(
  config: Pick<Config, 'HEARTBEAT_FILE' | 'HOST' | 'PORT'>,
  now: number = Date.now(),
): Promise<string | undefined> {
  const file = config.HEARTBEAT_FILE
  const heartbeat = file === '' ? undefined : statSync(file, { throwIfNoEntry: false })
  if (heartbeat) {
    const age = now - heartbeat.mtimeMs
    return age <= oldestMs ? undefined : `The worker's last heartbeat is ${Math.round(age / 1000)} s old.`
  }
  const url = `http://${reachable(config.HOST)}:${config.PORT}/health`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    return answer.status === 200 ? undefined : `${url} answers ${answer.status}.`
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return `No heartbeat at "${file}", and ${url} does not answer: ${cause instanceof Error ? cause.message : cause}`
  }
}

/** An address to reach what listens on `host`, which may be all addresses. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

if (import.meta.main) {
  const found = await ailment(loadConfig(process.env))
  if (found !== undefined) console.error(found)
  process.exit(found === undefined ? 0 : 1)
}
