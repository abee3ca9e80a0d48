import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** A process, told apart from a later one that was given the same number. */
export interface ProcessId {
  pid: number
  /** When it began, in words of the operating system. */
  birth: string
}

function birthOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // proc(5): the 22nd field; the second one, in brackets, may have spaces of its own.
      return readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** Undefined when there is no such process. */
export function identify(pid: number): ProcessId | undefined {
  const birth = birthOf(pid)
  return birth === undefined ? undefined : { pid, birth }
}

export function isAlive({ pid, birth }: ProcessId): boolean {
  return birthOf(pid) === birth
}

/** Waits for processes of a run before that are still finishing, and ends by force what takes too long. */
export async function outlive(processes: readonly ProcessId[], patienceMs: number): Promise<void> {
  const until = Date.now() + patienceMs
  for (const one of processes) {
    while (isAlive(one)) {
      if (Date.now() >= until) process.kill(one.pid, 'SIGKILL')
      await wait(25)
    }
  }
}
