import type { Config } from '../../shared/config.ts'
import { printable } from '../cli/printable.ts'
import { banner, readableLog } from './banner.ts'
import type { DataLock } from './data-lock.ts'
import { outlive } from './processes.ts'
import { type ChildSpec, supervise } from './supervise.ts'
import { untilReady } from './until-ready.ts'

export interface RunOptions {
  config: Config
  lock: DataLock
  /** The two mains. */
  scripts: { api: string; worker: string }
  /** Makes claims and messages void that a dead worker held. Called while no worker runs. */
  recover: () => void | Promise<void>
  /** Waits until the API at an address can serve (`untilReady`). */
  ready?: typeof untilReady
  /** When this process began, in milliseconds since 1970. */
  began: number
  /** Whether a person reads the output. A terminal shows what people must know, anything else every JSON line. */
  terminal: boolean
}

const say = (text: string) => process.stderr.write(`${text}\n`)

/**
 * Space for new objects, a quarter of the usual: it takes 27 MB less, and in the bench neither the
 * time nor the processor time of searches and chat turns was different.
 */
const smallNursery = ['--max-semi-space-size=4']

/** Two signals within this time are one Ctrl-C: npm passes on what the terminal has sent to us already. */
const sameSignalMs = 800

/**
 * Runs API and worker until a signal comes or one of them can't run; gives the exit code. Both are restarted when they
 * die; both get SIGTERM at the end, the time that their configuration allows for draining, and a margin.
 */
export async function run(options: RunOptions): Promise<number> {
  const { config, lock } = options
  // Children that outlived a killed run notice it and finish by themselves.
  await outlive(lock.before?.children ?? [], 3000)

  const done = Promise.withResolvers<number>()
  const ending = new AbortController()
  const upOnce = new Set<string>()
  let url = ''
  let port = config.PORT
  let firstSignalAt = 0

  const watch = (name: string, script: string, upWhen: string, more: Pick<ChildSpec, 'before' | 'nodeOptions'>) =>
    supervise(
      {
        name,
        script,
        upWhen,
        ...more,
        // After a restart the API must be where it was, also when the system chose the port.
        env: () => ({ PORT: String(port) }),
        onLine: options.terminal
          ? (line) => {
              const readable = readableLog(line)
              if (readable !== undefined) say(printable(readable))
            }
          : undefined,
      },
      {
        spawned: note,
        up(message, again) {
          if ('url' in message && typeof message.url === 'string') {
            url = message.url
            port = Number(new URL(url).port) || port
            note()
          }
          if (again) say(`The ${name} is back.`)
          upOnce.add(name)
          if (!again && upOnce.size === 2) void greet()
        },
        died(how, restartMs) {
          say(`The ${name} ended (${how}); starting it again${restartMs > 0 ? ` in ${restartMs} ms` : ''}.`)
        },
        gaveUp(why) {
          say(`The ${name} cannot run (${why}): KASS ends.`)
          done.resolve(1)
        },
      },
    )

  /** Up is not ready: the index of a large folder takes its time. */
  async function greet(): Promise<void> {
    const ready = options.ready ?? untilReady
    await ready(url, ending.signal, (parts) => {
      say(`KASS has started at ${url} and is not ready yet${parts.length > 0 ? ` (${parts.join(', ')})` : ''} …`)
    })
    if (!ending.signal.aborted) say(banner(config, url, Date.now() - options.began))
  }

  function note(): void {
    lock.note(
      children.flatMap((child) => child.pid ?? []),
      url || undefined,
    )
  }

  const onSignal = (signal: NodeJS.Signals) => {
    if (firstSignalAt === 0) {
      firstSignalAt = Date.now()
      if (options.terminal) say('\nKASS is finishing what is open; Ctrl-C again ends it at once.')
      done.resolve(0)
    } else if (Date.now() - firstSignalAt > sameSignalMs) {
      for (const child of children) child.signal(signal)
    }
  }
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, onSignal)

  const children = [
    watch('API', options.scripts.api, 'listening', { nodeOptions: smallNursery }),
    watch('worker', options.scripts.worker, 'consuming', { before: options.recover }),
  ]

  const code = await done.promise
  ending.abort()
  await Promise.all(children.map((child) => child.stop(config.DRAIN_MS + 5000)))
  for (const signal of signals) process.off(signal, onSignal)
  lock.release()
  return code
}
