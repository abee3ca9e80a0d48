import { currentScope, currentTraceparent } from '../telemetry/scope.ts'
import { parseTraceparent } from '../telemetry/trace-context.ts'
import { isTenant } from './identity.ts'

/**
 * A message says where to look, never what to do. Its `traceparent` (W3C Trace Context) is a hint as well: by which
 * trace it was sent. Two messages that differ in nothing else are equal.
 */
export type Job =
  | { kind: 'reconcile'; tenant: string; path: string; traceparent?: string }
  | { kind: 'sweep' }
  | { kind: 'compare' }

/** The job that a value says; undefined when it cannot be read as one. */
export function jobOf(value: unknown): Job | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  if (value.kind === 'sweep' || value.kind === 'compare') return { kind: value.kind }
  if (value.kind !== 'reconcile' || !('tenant' in value) || !('path' in value)) return undefined
  const { tenant, path } = value
  if (typeof tenant !== 'string' || typeof path !== 'string' || !isTenant(tenant) || path === '') return undefined
  const traceparent = 'traceparent' in value ? value.traceparent : undefined
  const goesOn = typeof traceparent === 'string' && parseTraceparent(traceparent) !== undefined
  return { kind: 'reconcile', tenant, path, ...(goesOn && { traceparent }) }
}

/** The job as it is sent: with the trace that is under way, unless it goes on with one already. */
export function traced(job: Job, system: string): Job {
  if (job.kind !== 'reconcile' || job.traceparent !== undefined) return job
  const attributes = {
    'messaging.system': system,
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
  }
  const span = currentScope()?.span?.child('send reconcile', { kind: 'producer', attributes })
  span?.end()
  const traceparent = span?.traceparent ?? currentTraceparent()
  return traceparent === undefined ? job : { ...job, traceparent }
}

/** The job that a message's body says; undefined when it cannot be read as one. */
export function parseJob(body: string): Job | undefined {
  try {
    return jobOf(JSON.parse(body))
  } catch {
    return undefined
  }
}
