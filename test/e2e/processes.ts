import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { LocalServer } from './server.ts'

/** The two processes that `npm start` watches. */
export interface Processes {
  api: number
  worker: number
}

/** Parents of all processes (proc(5): the fourth field of `stat`; the second, in brackets, may have spaces). */
function parents(): Map<number, number> {
  const found = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      found.set(Number(name), Number(fields[1]))
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** API and worker of a server, found below the process that was started for it. */
export function processesOf(server: LocalServer): Processes {
  const above = parents()
  const isBelow = (pid: number): boolean => {
    const parent = above.get(pid)
    return parent !== undefined && parent > 1 && (parent === server.process.pid || isBelow(parent))
  }
  const below = [...above.keys()].filter(isBelow)
  const running = (script: string) => {
    const pids = below.filter((pid) => commandLine(pid).includes(script))
    const [pid] = pids
    if (pid === undefined || pids.length > 1) throw new Error(`${pids.length} processes run ${script}`)
    return pid
  }
  return { api: running('service/server.ts'), worker: running('worker/main.ts') }
}

function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!line) throw new Error(`/proc/${pid}/status does not tell ${field}`)
  return Number(line[1]) / 1024
}

/** Begins to watch the memory of both processes; what it gives tells by how many MB each went beyond where it was. */
export function watchMemory({ api, worker }: Processes): () => { api: number; worker: number } {
  const watch = (pid: number) => {
    // The highest mark is forgotten (proc(5), clear_refs: 5).
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    const before = memory(pid, 'VmRSS')
    return () => Math.round(memory(pid, 'VmHWM') - before)
  }
  const [ofApi, ofWorker] = [watch(api), watch(worker)]
  return () => ({ api: ofApi(), worker: ofWorker() })
}
