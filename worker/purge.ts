import type { DocumentRecord } from '../shared/documents/document.ts'
import type { WorkerDeps } from './deps.ts'
import { countDocument } from './ingest-metrics.ts'
import type { Lease } from './lease.ts'
import { rejectionsKey } from './rejections.ts'

/**
 * Removes what `retired` names, and only that. A holder that was paused may still write after the first removal, so an
 * attempt is removed again one lease later, and leaves the list when nothing of it was found twice, the index's
 * visibility apart. Gives the record and when to go on, if anything is left.
 */
export async function purgeRetired(
  deps: WorkerDeps,
  lease: Lease,
  found: DocumentRecord,
): Promise<{ record: DocumentRecord; dueAt: number | undefined }> {
  const { documents, index, derived } = deps.ports
  const settle = deps.settings.leaseMs + index.visibilityMs
  let record = found
  let dueAt: number | undefined
  const later = (at: number) => {
    dueAt = Math.min(dueAt ?? at, at)
  }
  for (const { attempt, removedAt, emptyAt } of found.retired) {
    lease.check()
    if (removedAt === undefined) {
      await index.remove(attempt)
      await deps.at('removed')
      record = await documents.removed(lease.claim, attempt, 'removed')
      later(deps.clock() + settle)
      continue
    }
    if (deps.clock() < removedAt + settle) {
      later(removedAt + settle)
      continue
    }
    let seenEmptyAt = emptyAt
    if (seenEmptyAt === undefined) {
      const left = await index.count(attempt)
      await index.remove(attempt)
      record = await documents.removed(lease.claim, attempt, left === 0 ? 'empty' : 'removed')
      if (left > 0) {
        later(deps.clock() + settle)
        continue
      }
      seenEmptyAt = deps.clock()
    }
    if (deps.clock() < seenEmptyAt + index.visibilityMs) {
      later(seenEmptyAt + index.visibilityMs)
      continue
    }
    if ((await index.count(attempt)) > 0) {
      record = await documents.removed(lease.claim, attempt, 'removed')
      later(deps.clock() + settle)
      continue
    }
    await derived.remove(rejectionsKey(record, attempt))
    record = await documents.removed(lease.claim, attempt, 'purged')
  }
  return { record, dueAt }
}

/**
 * Removes the deleted revisions of a document's object, oldest first, so that an older one never comes to light.
 * Revisions that came after the deletion stay; so do all of them when somebody else removed the object.
 */
export async function removeDeleted(deps: WorkerDeps, lease: Lease, record: DocumentRecord): Promise<void> {
  const deleted = record.tombstone?.revision
  if (deleted === undefined) return
  const revisions = await deps.ports.objects.revisions(record)
  const last = revisions.findIndex((head) => head.revision === deleted)
  for (const head of revisions.slice(0, last + 1)) {
    lease.check()
    await deps.ports.objects.remove(record, head.revision)
  }
  await deps.at('objects-purged')
}

/** The part of a receipt that concerns the objects, once. */
export async function purgeObjects(deps: WorkerDeps, lease: Lease, record: DocumentRecord): Promise<DocumentRecord> {
  if (!record.tombstone || record.tombstone.receipt.objectsPurgedAt !== undefined) return record
  await removeDeleted(deps, lease, record)
  const purged = await deps.ports.documents.objectsPurged(lease.claim)
  countDocument(deps.telemetry.meter, 'gone', record)
  return purged
}
