import { decodeTime } from 'ulid'
import type { DocumentRecord, DocumentRef } from '../shared/documents/document.ts'
import { isDeleted } from '../shared/documents/transitions.ts'
import type { WorkerDeps } from './deps.ts'

export type DisagreementKind =
  | 'object_without_record'
  | 'record_without_object'
  | 'stale'
  | 'deleted_object_left'
  | 'wrong_count'
  | 'orphaned_attempt'

export interface Disagreement {
  kind: DisagreementKind
  tenant: string
  path?: string
  attempt?: string
  detail: string
}

/** Every attempt that a record knows of: answering, pending, being written, or to be removed. */
export function namedAttempts({ active, pending, current, retired }: DocumentRecord): string[] {
  const named = [active?.attempt, pending?.attempt, current?.attempt, ...retired.map((entry) => entry.attempt)]
  return named.filter((name) => name !== undefined)
}

/** Fresh reads decide: what changed while the lists were read is no disagreement. */
export async function examine(deps: WorkerDeps, ref: DocumentRef): Promise<Disagreement[]> {
  const { documents, objects, index } = deps.ports
  const head = await objects.head(ref)
  const record = await documents.get(ref)
  const say = (kind: DisagreementKind, detail: string): Disagreement[] => [{ kind, ...ref, detail }]
  if (!record) return head ? say('object_without_record', `revision ${head.revision}`) : []
  const underWay = record.claim !== undefined || !['ready', 'failed', 'gone'].includes(record.status)
  if (underWay) return []
  const purged = record.tombstone?.receipt.objectsPurgedAt !== undefined
  if (isDeleted(record)) {
    if (!head) return []
    if (head.revision !== record.tombstone?.revision) return say('stale', `gone, but there is ${head.revision}`)
    return purged ? say('deleted_object_left', `revision ${head.revision}`) : []
  }
  if (!head) return say('record_without_object', `status ${record.status}`)
  if (record.status === 'failed') {
    return record.revision === head.revision
      ? []
      : say('stale', `failed at ${record.revision}, there is ${head.revision}`)
  }
  if (record.active?.revision !== head.revision) {
    return say('stale', `answers from ${record.active?.revision}, there is ${head.revision}`)
  }
  const chunks = await index.count(record.active.attempt)
  if (chunks === record.active.chunks) return []
  const again = await documents.get(ref)
  if (again?.active?.attempt !== record.active.attempt) return []
  return say('wrong_count', `${chunks} chunks are indexed, ${record.active.chunks} were made`)
}

/** Whether an indexed attempt is named by no record, and too old to be named soon. */
export async function isOrphan(deps: WorkerDeps, stray: { attempt: string; tenant: string; documentId: string }) {
  if (decodeTime(stray.attempt) > deps.clock() - 2 * deps.settings.leaseMs) return false
  const record = await deps.ports.documents.byId(stray.tenant, stray.documentId)
  return !record || !namedAttempts(record).includes(stray.attempt)
}

export function orphan({ attempt, tenant }: { attempt: string; tenant: string }): Disagreement {
  return { kind: 'orphaned_attempt', tenant, attempt, detail: 'no record names it' }
}

/** Has what disagrees redone, or removes what belongs to nothing. */
export async function mend(deps: WorkerDeps, one: Disagreement): Promise<void> {
  const { documents, index, queue } = deps.ports
  if (one.attempt !== undefined) return index.remove(one.attempt)
  if (one.path === undefined) return
  const ref = { tenant: one.tenant, path: one.path }
  // An equal fingerprint means that nothing is to be done, so what was lost from the index needs a new one.
  if (one.kind === 'wrong_count') await documents.reindex(ref)
  await queue.send({ kind: 'reconcile', ...ref })
}
