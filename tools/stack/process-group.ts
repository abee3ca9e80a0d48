import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Command {
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** File that all its output is added to. */
  log: string
}

/** A command with all that it starts, as a process group of its own. */
export interface ProcessGroup {
  readonly pid: number
  running(): boolean
  /** How it ended, in words. */
  readonly ended: Promise<string>
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL to what is left when the command has ended or `graceMs` are over. */
  stop(graceMs: number): Promise<void>
}

/**
 * Waits for the end of its input, which comes with the end of this process however it ends, and then ends the group:
 * $1 is the group, $2 tenths of a second until SIGKILL.
 */
const watch = `read -r _
kill -s TERM -- "-$1" 2>/dev/null || exit 0
n=0
while [ $n -lt "$2" ] && kill -s 0 -- "-$1" 2>/dev/null; do sleep 0.1; n=$((n+1)); done
kill -s KILL -- "-$1" 2>/dev/null`

/** Starts a command that does not outlive this process, not even when this one is killed. @throws when it cannot run */
export async function startGroup(command: Command, graceMs = 5_000): Promise<ProcessGroup> {
  mkdirSync(dirname(command.log), { recursive: true })
  const log = openSync(command.log, 'a')
  const child = spawn(command.command, command.args, {
    stdio: ['ignore', log, log],
    detached: true,
    env: command.env ?? process.env,
    ...(command.cwd !== undefined && { cwd: command.cwd }),
  })
  closeSync(log)
  // Rejects when the command is not there.
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`${command.command} has no process number`)
  const watcher = spawn('/bin/sh', ['-c', watch, 'watch', String(pid), String(Math.ceil(graceMs / 100))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal reaches whole groups, and the watcher must see the end of this process first.
    detached: true,
  })
  watcher.unref()
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? `exit code ${code}`))
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name)
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ESRCH') throw error
    }
  }
  void ended.then(() => {
    signal('SIGKILL')
    watcher.kill('SIGKILL')
  })
  return {
    pid,
    running: () => isRunning(child),
    ended,
    signal,
    async stop(patienceMs) {
      if (!isRunning(child)) return
      signal('SIGTERM')
      // What was halted hears of it only when it goes on.
      signal('SIGCONT')
      const last = setTimeout(() => signal('SIGKILL'), patienceMs)
      await ended
      clearTimeout(last)
    },
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null
