import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'

export interface KassServer {
  url: string
  apiPid: number
  workerPid: number
  supervisorPid: number
  /** From the start of the process to the first 200 of GET /ready. */
  readyMs: number
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return address.port
}

function pids(folder: string): number[] {
  const note: { children: { pid: number }[] } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  return note.children.map(({ pid }) => pid)
}

/** Limits that a bench or a fuzzer would run into on purpose are lifted; schedules that would disturb them are off. */
const quiet = {
  RATE_PER_MINUTE: '10000000',
  RATE_BURST: '10000000',
  COMPARE_EVERY_MS: '0',
  CACHE_TTL_MS: '0',
  MAX_EVENT_LOOP_DELAY_MS: '0',
  LOG_LEVEL: 'warn',
}

/** Runs `tools/start.mjs` on a free port, as `npm start` does, and waits until it is ready. */
export async function startKass(folder: string, env: Record<string, string> = {}): Promise<KassServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let output = ''
  const began = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.mjs')], {
    env: { ...process.env, ...quiet, KASS_DATA: folder, PORT: String(port), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)))
  }
  const exited = once(child, 'exit')
  for (;;) {
    if (child.exitCode !== null) throw new Error(`KASS did not start:\n${output}`)
    const answer = await request(`${url}/ready`).catch(() => undefined)
    await answer?.body.dump()
    if (answer?.statusCode === 200) break
    await wait(5)
  }
  const readyMs = performance.now() - began
  // Ready is the API; the worker may come a moment later.
  while (pids(folder).length < 2) await wait(20)
  const [apiPid = 0, workerPid = 0] = pids(folder)
  return {
    url,
    apiPid,
    workerPid,
    supervisorPid: child.pid ?? 0,
    readyMs,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
