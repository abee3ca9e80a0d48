import type { Ports } from '../../shared/ports/ports.ts'

/** What one part answered. */
export interface Check {
  name: string
  ok: boolean
  latency_ms: number
  error?: string
}

export interface Readiness {
  ready: boolean
  checks: Check[]
}

/** How long one part may take before it counts as not answering. */
const patienceMs = 2_000
/** How long an outcome is given again. */
const freshMs = 2_000

async function check(name: string, ask: () => Promise<unknown>): Promise<Check> {
  const begun = performance.now()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
  const latency = () => Math.round((performance.now() - begun) * 10) / 10
  try {
    await Promise.race([ask(), late.promise])
    return { name, ok: true, latency_ms: latency() }
  } catch (error) {
    return { name, ok: false, latency_ms: latency(), error: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Asks what every request stands on, at most once in two seconds however many want to know. Models cost and are not asked. */
export function createReadiness(ports: Ports, clock: () => number): () => Promise<Readiness> {
  let latest: { at: number; outcome: Promise<Readiness> } | undefined
  async function ask(): Promise<Readiness> {
    const { room } = ports
    const checks = await Promise.all([
      check('documents', () => ports.documents.epoch('default')),
      check('index', () => ports.index.ready()),
      check('queue', () => ports.queue.depth()),
      ...(room ? [check('room', () => room.check())] : []),
    ])
    return { ready: checks.every(({ ok }) => ok), checks }
  }
  return () => {
    const now = clock()
    if (!latest || now - latest.at >= freshMs) latest = { at: now, outcome: ask() }
    return latest.outcome
  }
}
