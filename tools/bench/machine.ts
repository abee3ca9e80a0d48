import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, platform, release, totalmem } from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memory_gb: number
  system: string
  node: string
  load_before: number
  at: string
}

/** What the figures were measured on. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release()}`,
    node: process.version,
    load_before: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    at: new Date().toISOString(),
  }
}

/** Resident memory of a process, in megabytes. */
export function residentMb(pid: number): number {
  const kilobytes =
    platform() === 'linux'
      ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
      : Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
  return Math.round(kilobytes / 1024)
}

/** Time that a process and its threads have had on the processors, in milliseconds; undefined where it can't be read. */
export function cpuMs(pid: number): number | undefined {
  if (platform() !== 'linux') return undefined
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  // proc(5): utime and stime are the 14th and 15th field, in ticks, of which Linux has 100 a second.
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** One place after the point, more for what is small. */
export function rounded(value: number): number {
  const places = value < 1 ? 100 : value < 100 ? 10 : 1
  return Math.round(value * places) / places
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
