import { randomFillSync } from 'node:crypto'

/** Where a trace goes on: the span that is its parent, and whether the trace is recorded. */
export interface TraceContext {
  traceId: string
  spanId: string
  sampled: boolean
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const none = /^0+$/

/** What a `traceparent` says (W3C Trace Context, level 1); undefined when it is none, so that a new trace begins. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  const found = typeof text === 'string' && text.length <= 512 ? pattern.exec(text) : undefined
  if (!found) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = found
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (none.test(traceId) || none.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

const idBytes = 16
const pool = Buffer.alloc(idBytes * 256)
let used = pool.length

/** A new trace id: 32 hexadecimal digits. */
export function newTraceId(): string {
  if (used >= pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('hex', used, used + idBytes)
  used += idBytes
  return none.test(id) ? newTraceId() : id
}

/** Whether a trace of this id is among the given share of them: the same answer in every process with the same share. */
export function isAmong(ratio: number, traceId: string): boolean {
  return Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32
}
