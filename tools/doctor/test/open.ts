import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { loadConfig } from '../../../shared/config.ts'
import { createLogger } from '../../../shared/logger.ts'
import type { Ports } from '../../../shared/ports/ports.ts'
import { wire } from '../../../shared/wire.ts'
import { runWorker } from '../../../worker/run.ts'
import { type DoctorReport, examineAll } from '../doctor.ts'

export type Env = Record<string, string>

const logger = createLogger({ level: 'silent', name: 'test' })

/** A data folder that a start has left, empty. */
export async function startedFolder(t: Test, more: Env = {}): Promise<Env> {
  const folder = mkdtempSync(join(tmpdir(), 'kass-doctor-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const env = { KASS_DATA: folder, SWEEP_EVERY_MS: '100', ...more }
  const { close } = await wire(loadConfig(env), { logger, role: 'tool' })
  await close()
  return env
}

/** The ports of an installation, until the test ends. */
export async function portsOf(t: Test, env: Env): Promise<Ports> {
  const { ports, close } = await wire(loadConfig(env), { logger, role: 'tool' })
  t.teardown(close)
  return ports
}

/** A worker on an installation, until the test ends. */
export async function work(t: Test, env: Env): Promise<void> {
  const config = loadConfig(env)
  const { ports, close } = await wire(config, { logger, role: 'worker' })
  const stop = new AbortController()
  const done = runWorker({ config, ports, logger }, stop.signal)
  t.teardown(async () => {
    stop.abort()
    await done
    await close()
  })
}

/** Has the doctor look. What is missing is not waited for long. */
export function doctor(env: Env, options: { canaryMs?: number; stop?: AbortSignal } = {}): Promise<DoctorReport> {
  const { canaryMs = 20_000, stop = new AbortController().signal } = options
  return examineAll({ env, patienceMs: 20_000, canaryMs, stop })
}

/** What one check has found that is not well: its state, sentence and advice on one line each. */
export function faultsOf({ checks }: DoctorReport, name?: string): string[] {
  return checks
    .filter(({ check }) => name === undefined || check === name)
    .flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })))
    .filter(({ state }) => state !== 'ok')
    .map(({ check, state, message, action }) => `${state} ${check}: ${message} -> ${action}`)
}
