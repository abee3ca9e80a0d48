import type { HeldWrites } from './held-writes.ts'
import { type JsonObject, parseObject } from './json.ts'
import type { Mode } from './mappings.ts'
import { jsonReply, type Reply } from './reply.ts'
import type { Operation } from './routes.ts'
import { createSleep, type Sleep } from './sleep.ts'

/** What happened so far, and what was refused: newest last, a hundred at most. */
export interface Tally {
  requests: number
  operations: Partial<Record<Operation, number>>
  refused: { method: string; url: string; status: number; why: string }[]
  /** Writes that were acknowledged, but that the node would not take in the end. */
  lost: { index: string; id: string; error: unknown }[]
}

export interface Control {
  lagMs: number
  mode: Mode
  sleep: Sleep
  tally: Tally
}

const noTally = (): Tally => ({ requests: 0, operations: {}, refused: [], lost: [] })

export function createControl(options: { lagMs: number; mode: Mode }): Control {
  return { ...options, sleep: createSleep(), tally: noTally() }
}

export function noteRefusal(control: Control, method: string, url: string, reply: Reply): void {
  if (reply.refused === undefined) return
  control.tally.refused.push({ method, url, status: reply.status, why: reply.refused })
  control.tally.refused.splice(0, control.tally.refused.length - 100)
}

const milliseconds = (value: unknown) => typeof value === 'number' && value >= 0

/**
 * `GET /_control` tells, `POST /_control` changes: `{ lagMs, mode, scaledToZeroMs, idleMs, flush, reset }`, each of them
 * optional. `flush` shows what is held to searches before it answers; `reset` begins to count anew.
 */
export async function answerControl(control: Control, held: HeldWrites, method: string, body: string): Promise<Reply> {
  if (method === 'POST') {
    const wanted = parseObject(body)
    const fault = wanted ? change(control, wanted) : 'the body must be an object'
    if (fault) return jsonReply(400, { error: fault })
    if (wanted?.flush === true) await held.flush()
  } else if (method !== 'GET') return jsonReply(405, { error: `no ${method} here` })
  const { lagMs, mode, sleep, tally } = control
  const asleep = { scaledToZeroMs: sleep.wakeUpMs(), idleMs: sleep.idleMs, woken: sleep.woken() }
  return jsonReply(200, { lagMs, mode, ...asleep, pending: held.pending(), ...tally })
}

function change(control: Control, wanted: JsonObject): string | undefined {
  const { lagMs, mode, scaledToZeroMs, idleMs, flush, reset, ...unknown } = wanted
  const [first] = Object.keys(unknown)
  if (first !== undefined) return `unknown field ${first}`
  for (const [name, value] of Object.entries({ lagMs, scaledToZeroMs, idleMs })) {
    if (value !== undefined && !milliseconds(value)) return `${name} must be a number of milliseconds`
  }
  if (mode !== undefined && mode !== 'classic' && mode !== 'nextgen') return 'mode must be classic or nextgen'
  if (lagMs !== undefined) control.lagMs = Number(lagMs)
  if (mode !== undefined) control.mode = mode
  if (idleMs !== undefined) control.sleep.idleMs = Number(idleMs)
  if (scaledToZeroMs !== undefined) control.sleep.fallAsleep(Number(scaledToZeroMs))
  if (reset === true) control.tally = noTally()
  return undefined
}
