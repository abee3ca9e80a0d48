import { type ChildProcess, spawn } from 'node:child_process'
import { hopeless } from '../../shared/run-main.ts'

export interface ChildSpec {
  name: string
  script: string
  /** For Node itself. */
  nodeOptions?: readonly string[]
  /** The `type` of the message by which it says that it is up. */
  upWhen: string
  /** Asked for at every start, since what is known changes (a port, for one). */
  env?: () => Record<string, string>
  /** Done before every start, while no such child runs. */
  before?: () => void | Promise<void>
  /** Takes its output line by line; it goes to ours when left out. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface SuperviseEvents {
  /** `message` is what it said; `again` is true after a restart. */
  up(message: object, again: boolean): void
  died(how: string, restartMs: number): void
  /** It won't be started again. */
  gaveUp(why: string): void
  /** It runs with this process number, though it may not be up yet. */
  spawned?(pid: number): void
}

export interface Supervised {
  readonly pid: number | undefined
  /** Sends SIGTERM, after `graceMs` SIGKILL; resolves when it has ended. */
  stop(graceMs: number): Promise<void>
  /** Sends a signal to the child that runs now, if one does. */
  signal(signal: NodeJS.Signals): void
}

/** Deaths before it was ever up, within this time, after which starting again is given up. */
const giveUp = { deaths: 5, withinMs: 30_000 }

function lines(stream: NodeJS.ReadableStream | null, each: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) each(part)
  })
}

/**
 * Keeps one child process running. It is a process group of its own, so that Ctrl-C reaches this process only, which
 * then ends the child in order; and it has an IPC channel, whose end tells it that this process is gone.
 */
export function supervise(spec: ChildSpec, events: SuperviseEvents): Supervised {
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let stopping = false
  let upBefore = false
  let quickDeaths = 0
  let failedStarts: number[] = []

  const afterDeath = (wasUp: boolean, upSince: number, code: number | null, signal: string | null) => {
    child = undefined
    if (stopping) return
    const how = signal ?? `exit code ${code}`
    if (code === hopeless) return events.gaveUp(how)
    const now = Date.now()
    // A kill from outside says nothing about whether it can run.
    const failed = !wasUp && signal === null
    failedStarts = failed ? [...failedStarts.filter((at) => now - at < giveUp.withinMs), now] : []
    if (failedStarts.length >= giveUp.deaths) {
      return events.gaveUp(`${how}, ${giveUp.deaths} times within ${giveUp.withinMs / 1000} s before it was up`)
    }
    quickDeaths = wasUp && now - upSince > 10_000 ? 0 : quickDeaths + 1
    // One that was up comes back at once; one that can't come up is tried less and less often.
    const restartMs = !failed ? Math.min(500, 50 * (quickDeaths - 1)) : Math.min(5000, 100 * 2 ** failedStarts.length)
    events.died(how, Math.max(0, restartMs))
    timer = setTimeout(start, Math.max(0, restartMs))
  }

  async function start(): Promise<void> {
    try {
      await spec.before?.()
    } catch (error) {
      return events.gaveUp(error instanceof Error ? error.message : String(error))
    }
    if (stopping) return
    const output = spec.onLine ? 'pipe' : 'inherit'
    const one = spawn(process.execPath, [...(spec.nodeOptions ?? []), spec.script], {
      stdio: ['ignore', output, output, 'ipc'],
      detached: true,
      env: { ...process.env, ...spec.env?.() },
    })
    child = one
    let wasUp = false
    let upSince = 0
    lines(one.stdout, (line) => spec.onLine?.(line, 'stdout'))
    lines(one.stderr, (line) => spec.onLine?.(line, 'stderr'))
    one.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== spec.upWhen)
        return
      wasUp = true
      upSince = Date.now()
      events.up(message, upBefore)
      upBefore = true
    })
    one.once('exit', (code, signal) => afterDeath(wasUp, upSince, code, signal))
    one.once('error', (error) => {
      if (one.pid === undefined) events.gaveUp(error.message)
    })
    if (one.pid !== undefined) events.spawned?.(one.pid)
  }

  void start()

  return {
    get pid() {
      return child?.pid
    },
    signal(signal) {
      child?.kill(signal)
    },
    async stop(graceMs) {
      stopping = true
      clearTimeout(timer)
      const one = child
      if (!one) return
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => one.kill('SIGKILL'), graceMs)
        one.once('exit', () => {
          clearTimeout(force)
          resolve()
        })
        one.kill('SIGTERM')
      })
    },
  }
}
