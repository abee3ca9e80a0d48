import { isTenant } from '../../documents/identity.ts'
import type { Job } from '../../documents/job.ts'

/** The job that a message's body says; undefined when it cannot be read as one. */
export function parseJob(body: string): Job | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  if (value.kind === 'sweep' || value.kind === 'compare') return { kind: value.kind }
  if (value.kind !== 'reconcile' || !('tenant' in value) || !('path' in value)) return undefined
  const { tenant, path } = value
  if (typeof tenant !== 'string' || typeof path !== 'string' || !isTenant(tenant) || path === '') return undefined
  return { kind: 'reconcile', tenant, path }
}
