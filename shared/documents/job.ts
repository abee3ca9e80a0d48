import { isTenant } from './identity.ts'

/** A message says where to look, never what to do. */
export type Job = { kind: 'reconcile'; tenant: string; path: string } | { kind: 'sweep' } | { kind: 'compare' }

/** The job that a value says; undefined when it cannot be read as one. */
export function jobOf(value: unknown): Job | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  if (value.kind === 'sweep' || value.kind === 'compare') return { kind: value.kind }
  if (value.kind !== 'reconcile' || !('tenant' in value) || !('path' in value)) return undefined
  const { tenant, path } = value
  if (typeof tenant !== 'string' || typeof path !== 'string' || !isTenant(tenant) || path === '') return undefined
  return { kind: 'reconcile', tenant, path }
}

/** The job that a message's body says; undefined when it cannot be read as one. */
export function parseJob(body: string): Job | undefined {
  try {
    return jobOf(JSON.parse(body))
  } catch {
    return undefined
  }
}
