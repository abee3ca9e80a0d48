import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { type Command, type ProcessGroup, startGroup } from './process-group.ts'

export interface PartSpec {
  name: string
  /** What to run so that it listens there. */
  command(port: number): Command
  port: number
  /** Asked again and again until it answers with a good status. */
  readyPath: string
  readyWithinMs: number
  /** Longest time for ending in order. */
  graceMs: number
}

/** One process of the stack. */
export interface Part {
  readonly name: string
  readonly url: string
  readonly pid: number | undefined
  /** How long the last start took until it was ready. */
  readonly startedMs: number
  /** File with all its output. */
  readonly log: string
  /** Ends it at once (SIGKILL, or the signal that is given); resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Halts it: it keeps its connections and answers nothing until `resume`. */
  pause(): void
  resume(): void
  /** Ends it in order if it runs, and starts it again at the same address; resolves when it is ready. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts one part and waits until it is ready. @throws with the end of its log when it does not get there */
export async function startPart(spec: PartSpec): Promise<Part> {
  const url = `http://127.0.0.1:${spec.port}`
  const command = spec.command(spec.port)
  let group: ProcessGroup | undefined
  let startedMs = 0

  async function start(): Promise<void> {
    const begun = performance.now()
    const started = await startGroup(command, spec.graceMs)
    group = started
    const failure = await untilReady(started, url + spec.readyPath, begun + spec.readyWithinMs)
    if (failure !== undefined) {
      await started.stop(0)
      throw new Error(`${spec.name} ${failure}; its log ${command.log} ends with:\n${endOf(command.log)}`)
    }
    startedMs = Math.round(performance.now() - begun)
  }
  const stop = async () => group?.stop(spec.graceMs)
  await start()
  return {
    name: spec.name,
    url,
    log: command.log,
    get pid() {
      return group?.running() ? group.pid : undefined
    },
    get startedMs() {
      return startedMs
    },
    async kill(signal = 'SIGKILL') {
      group?.signal(signal)
      await group?.ended
    },
    pause: () => group?.signal('SIGSTOP'),
    resume: () => group?.signal('SIGCONT'),
    async restart() {
      await stop()
      await start()
    },
    async stop() {
      await stop()
    },
  }
}

/** @returns why it is not ready; undefined when it is */
async function untilReady(group: ProcessGroup, url: string, until: number): Promise<string | undefined> {
  let how: string | undefined
  void group.ended.then((words) => {
    how = words
  })
  for (;;) {
    const answered = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.body?.cancel().then(() => response.ok),
      () => false,
    )
    if (how !== undefined) return `ended before it was ready (${how})`
    if (answered) return undefined
    if (performance.now() > until) return 'was not ready in time'
    await pause(50)
  }
}

function endOf(log: string): string {
  return readFileSync(log, 'utf8').split('\n').slice(-25).join('\n')
}
