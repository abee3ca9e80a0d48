import type { DeletionReceipt, DocumentRecord, Progress } from '../../shared/documents/document.ts'
import { isDeleted } from '../../shared/documents/transitions.ts'
import { toTime } from '../schemas/common.ts'
import type { DocumentView } from '../schemas/document.ts'

const backups =
  'Copies that you make of the storage keep what was in them when they were made; remove the document there as well.'

const optionalTime = (ms: number | undefined) => (ms === undefined ? undefined : toTime(ms))

function viewReceipt(receipt: DeletionReceipt): DocumentView['receipt'] {
  return {
    deleted_at: toTime(receipt.deletedAt),
    invisible_at: toTime(receipt.invisibleAt),
    objects_purged_at: optionalTime(receipt.objectsPurgedAt),
    chunks_purged_at: optionalTime(receipt.chunksPurgedAt),
    complete: receipt.objectsPurgedAt !== undefined && receipt.chunksPurgedAt !== undefined,
    backups,
  }
}

function viewWork(record: DocumentRecord, progress: Progress | undefined): Partial<DocumentView> {
  const { failure, retrying } = record
  const running = record.status === 'processing' || record.status === 'verifying'
  return {
    progress: running && progress ? { ...progress, at: toTime(progress.at) } : undefined,
    failure: failure && { code: failure.code, message: failure.message, place: failure.place, at: toTime(failure.at) },
    retrying: retrying && { ...retrying, since: toTime(retrying.since) },
  }
}

/** A record as its readers see it: nothing of claims and attempts, and of a deleted document only its receipt. */
export function viewDocument(
  record: DocumentRecord,
  options: { progress?: Progress; rejections?: boolean } = {},
): DocumentView {
  const { id, path, version, tombstone, accounting } = record
  const deleted = isDeleted(record)
  const always = {
    id,
    path,
    version,
    size: record.size,
    status: deleted ? ('gone' as const) : record.status,
    status_at: toTime(record.statusAt),
    searchable: !deleted && record.active !== undefined,
    created_at: toTime(record.createdAt),
    updated_at: toTime(record.updatedAt),
  }
  if (deleted && tombstone) return { ...always, receipt: viewReceipt(tombstone.receipt) }
  return {
    ...always,
    title: record.title,
    groups: record.groups,
    tags: record.tags,
    metadata: record.metadata,
    content_type: record.contentType,
    sha256: record.sha256,
    accounting: accounting && { ...accounting, rejections: options.rejections ? accounting.rejections : undefined },
    ...viewWork(record, options.progress),
  }
}
