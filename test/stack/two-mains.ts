import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RecordedRole, recorded } from './recorded.ts'

const root = join(import.meta.dirname, '../..')

/** A process of KASS, and what it said. */
export interface Main {
  process: ChildProcess
  pid: number
  output(): string
  /** Resolves with the exit code; null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface TwoMains {
  url: string
  service: Main
  workers: Main[]
  settings: Readonly<Record<string, string>>
  addService(): Promise<{ url: string; main: Main }>
  addWorker(): Promise<Main>
  stop(): Promise<void>
}

type Message = { type: 'listening'; url: string } | { type: 'consuming' }

async function run(
  script: string,
  role: RecordedRole,
  env: Record<string, string>,
): Promise<{ main: Main; message: Message }> {
  const recording = recorded(role)
  const child = spawn(process.execPath, [...recording.nodeArgs, join(root, script)], {
    cwd: root,
    env: { ...process.env, ...env, ...recording.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  const read = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-100_000)
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  const ended = once(child, 'exit')
  const up = await Promise.race([once(child, 'message'), ended.then(() => undefined)])
  if (up === undefined) throw new Error(`${script} did not start:\n${output}`)
  const main: Main = {
    process: child,
    pid: child.pid ?? 0,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
      return child.exitCode
    },
  }
  return { main, message: up[0] }
}

/** Service and worker as separate processes, as in production: nobody watches them or starts them again. */
export async function startTwoMains(given: Record<string, string>): Promise<TwoMains> {
  const folder = mkdtempSync(join(tmpdir(), 'kass-mains-'))
  // A machine that is busy with something else is no reason to shed requests that a test counts on.
  const patient = { MAX_EVENT_LOOP_DELAY_MS: '20000' }
  const settings = { PORT: '0', LOG_LEVEL: 'warn', KASS_DATA: folder, ...patient, ...given }
  const started: Main[] = []
  const start = async (script: string, role: RecordedRole) => {
    const made = await run(script, role, settings)
    started.push(made.main)
    return made
  }
  const addService = async () => {
    const { main, message } = await start('service/server.ts', 'service')
    if (message.type !== 'listening') throw new Error('the service did not say where it listens')
    return { url: message.url, main }
  }
  const workers: Main[] = []
  const addWorker = async () => {
    const { main } = await start('worker/main.ts', 'worker')
    workers.push(main)
    return main
  }
  const [{ url, main: service }] = await Promise.all([addService(), addWorker()])
  return {
    url,
    service,
    workers,
    settings,
    addService,
    addWorker,
    async stop() {
      await Promise.all(started.map((main) => main.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
