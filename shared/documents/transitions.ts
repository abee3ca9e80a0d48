import { basename } from 'node:path/posix'
import { sameAttributes } from './attributes.ts'
import type {
  Accounting,
  ActiveItem,
  Attributes,
  DocumentRecord,
  DocumentRef,
  ObjectHead,
  RetiredAttempt,
} from './document.ts'
import { documentId } from './identity.ts'

/**
 * Every step that a document's record can take, as pure functions: a record in, a new record out, the same object when
 * nothing changes. Stores only have to write the result if nobody was faster.
 */

/** How long the sweep leaves a document alone that should be under way. */
const patienceMs = 60_000
/** How long after its address has expired an upload may still be under way: it only has to begin in time. */
const lateUploadMs = 10 * 60_000

function newRecord(ref: DocumentRef, now: number): DocumentRecord {
  return {
    ...ref,
    id: documentId(ref),
    rev: 0,
    status: 'queued',
    statusAt: now,
    createdAt: now,
    updatedAt: now,
    revisionAt: 0,
    size: 0,
    sha256: '',
    contentType: '',
    version: 0,
    nonce: 0,
    incarnation: 0,
    retired: [],
    title: basename(ref.path),
    groups: [],
    tags: [],
    metadata: {},
  }
}

/** Whether the newest revision that was seen is the one that somebody deleted. */
export function isDeleted(record: DocumentRecord): boolean {
  return record.tombstone !== undefined && record.tombstone.revision === record.revision
}

/** The small item that search hits are checked against. */
export function activeItem(record: DocumentRecord): ActiveItem {
  const deleted = isDeleted(record)
  return {
    id: record.id,
    attempt: deleted ? undefined : record.active?.attempt,
    groups: record.groups,
    incarnation: record.incarnation,
    deleted,
  }
}

function withStatus(record: DocumentRecord, status: DocumentRecord['status'], now: number): DocumentRecord {
  return record.status === status ? record : { ...record, status, statusAt: now }
}

function queued(record: DocumentRecord, now: number): DocumentRecord {
  return { ...withStatus(record, 'queued', now), dueAt: now + patienceMs }
}

function retiredWith(record: DocumentRecord, which: { active: boolean }): RetiredAttempt[] {
  const names = [record.current?.attempt, record.pending?.attempt, which.active ? record.active?.attempt : undefined]
  const known = new Set(record.retired.map((entry) => entry.attempt))
  const added = names.filter((name) => name !== undefined).filter((name) => !known.has(name))
  return [...record.retired, ...added.map((attempt) => ({ attempt }))]
}

/**
 * A presigned upload may come until `until`: a document that has never had bytes, or of which nothing is left, is
 * `awaiting` and has what was said of it. Any other one stays as it is until the bytes are there.
 */
export function expect(
  found: DocumentRecord | undefined,
  ref: DocumentRef,
  upload: { until: number; attributes?: Partial<Attributes> },
  now: number,
): DocumentRecord {
  if (found && (found.revision !== undefined || found.tombstone?.revision !== undefined)) return found
  const record = found ?? newRecord(ref, now)
  const awaitedUntil = upload.until + lateUploadMs
  return {
    ...withStatus(record, 'awaiting', now),
    ...upload.attributes,
    tombstone: undefined,
    awaitedUntil,
    dueAt: Math.min(record.dueAt ?? awaitedUntil, awaitedUntil),
  }
}

/** Whether there is no object yet because its upload may still come. */
export function isAwaited(record: DocumentRecord, now: number): boolean {
  return record.status === 'awaiting' && record.awaitedUntil !== undefined && now < record.awaitedUntil
}

/** Takes in a revision of the object. Older ones than the newest seen, and the deleted one, change nothing. */
export function observe(found: DocumentRecord | undefined, head: ObjectHead, now: number): DocumentRecord {
  const record = found ?? newRecord({ tenant: head.tenant, path: head.path }, now)
  return head.createdAt < record.revisionAt ? record : adopt(record, head, now)
}

/** Takes in what is the newest revision for certain, whatever its time. */
export function adopt(record: DocumentRecord, head: ObjectHead, now: number): DocumentRecord {
  if (record.revision === head.revision) return record
  if (record.tombstone?.revision === head.revision) return record
  const said = head.attributes ?? {}
  return queued(
    {
      ...record,
      revision: head.revision,
      revisionAt: head.createdAt,
      size: head.size,
      sha256: head.sha256,
      contentType: head.contentType,
      version: record.version + 1,
      title: said.title ?? record.title,
      groups: said.groups ?? record.groups,
      tags: said.tags ?? record.tags,
      metadata: said.metadata ?? record.metadata,
      awaitedUntil: undefined,
      failure: undefined,
      retrying: undefined,
    },
    now,
  )
}

/** Undefined when there is nothing to change. */
export function patch(
  record: DocumentRecord | undefined,
  changes: Partial<Attributes>,
  now: number,
): DocumentRecord | undefined {
  if (!record || isDeleted(record)) return undefined
  // There is nothing to process before the bytes are there.
  return record.status === 'awaiting' ? { ...record, ...changes } : queued({ ...record, ...changes }, now)
}

/** Undefined when there is nothing to redo. */
export function reindex(record: DocumentRecord | undefined, now: number): DocumentRecord | undefined {
  if (!record || isDeleted(record)) return undefined
  if (record.status === 'awaiting') return record
  const fresh = { ...record, nonce: record.nonce + 1, failure: undefined, crashes: undefined, retrying: undefined }
  return queued(fresh, now)
}

/** One write hides everything, retires every attempt and voids the claim. Deleting again changes nothing. */
export function markDeleted(
  record: DocumentRecord | undefined,
  revision: string | undefined,
  now: number,
): DocumentRecord | undefined {
  if (!record) return undefined
  if (record.tombstone && record.tombstone.revision === revision && isDeleted(record)) return record
  return buried(record, revision, now)
}

function buried(record: DocumentRecord, revision: string | undefined, now: number): DocumentRecord {
  const retired = retiredWith(record, { active: true })
  return {
    ...withStatus(record, 'gone', now),
    revision,
    incarnation: record.incarnation + 1,
    retired,
    active: undefined,
    pending: undefined,
    current: undefined,
    claim: undefined,
    awaitedUntil: undefined,
    failure: undefined,
    retrying: undefined,
    accounting: undefined,
    tombstone: { revision, receipt: { deletedAt: now, invisibleAt: now } },
    dueAt: now + patienceMs,
  }
}

/** Undefined while another holder's lease lasts. */
export function claim(
  found: DocumentRecord | undefined,
  ref: DocumentRef,
  by: { token: string; holder: string; leaseMs: number },
  now: number,
): DocumentRecord | undefined {
  const record = found ?? newRecord(ref, now)
  if (record.claim && record.claim.until > now) return undefined
  const until = now + by.leaseMs
  const claimed: DocumentRecord = {
    ...record,
    claim: { token: by.token, holder: by.holder, until },
    dueAt: until + by.leaseMs,
  }
  const unfinished = record.current
  if (!unfinished) return claimed
  const count = record.crashes?.fingerprint === unfinished.fingerprint ? record.crashes.count : 0
  return {
    ...claimed,
    current: undefined,
    retired: retiredWith({ ...record, pending: undefined }, { active: false }),
    crashes: { fingerprint: unfinished.fingerprint, count: count + 1 },
  }
}

export function extend(record: DocumentRecord, leaseMs: number, now: number): DocumentRecord {
  if (!record.claim) return record
  const until = now + leaseMs
  return { ...record, claim: { ...record.claim, until }, dueAt: until + leaseMs }
}

export function begin(
  record: DocumentRecord,
  attempt: { attempt: string; fingerprint: string },
  now: number,
): DocumentRecord {
  const retired = retiredWith({ ...record, pending: undefined }, { active: false })
  return { ...withStatus(record, 'processing', now), retired, current: attempt }
}

export function pending(
  record: DocumentRecord,
  made: { chunks: number; accounting: Accounting; revision: string; embedder: string },
  now: number,
): DocumentRecord {
  if (!record.current) throw new Error('there is no current attempt to complete')
  return {
    ...withStatus(record, 'verifying', now),
    // One that waited for its look before is not forgotten: its chunks are there.
    retired: retiredWith({ ...record, current: undefined }, { active: false }),
    current: undefined,
    pending: { ...record.current, ...made, at: now, looks: 0 },
  }
}

export function looked(record: DocumentRecord): DocumentRecord {
  if (!record.pending) throw new Error('there is no pending attempt to look at')
  return { ...record, pending: { ...record.pending, looks: record.pending.looks + 1 } }
}

export function activate(record: DocumentRecord, now: number): DocumentRecord {
  if (!record.pending) throw new Error('there is no pending attempt to activate')
  const { accounting, looks: _, ...active } = record.pending
  const former = record.active ? [{ attempt: record.active.attempt }] : []
  return {
    ...withStatus(record, 'ready', now),
    active,
    accounting,
    pending: undefined,
    retired: [...record.retired, ...former],
    failure: undefined,
    crashes: undefined,
    retrying: undefined,
  }
}

export function retire(record: DocumentRecord, which: { active: boolean }): DocumentRecord {
  const retired = retiredWith(record, which)
  const kept = which.active ? { active: undefined } : {}
  return { ...record, ...kept, pending: undefined, current: undefined, retired }
}

export function removed(
  record: DocumentRecord,
  attempt: string,
  what: 'removed' | 'empty' | 'purged',
  now: number,
): DocumentRecord {
  const others = record.retired.filter((entry) => entry.attempt !== attempt)
  const entry = record.retired.find((known) => known.attempt === attempt)
  if (!entry) return record
  if (what === 'purged') return receipted({ ...record, retired: others }, now)
  const noted = what === 'empty' ? { ...entry, emptyAt: now } : { attempt, removedAt: now }
  return { ...record, retired: [...others, noted] }
}

/** Completes the receipt once nothing that was indexed is left. */
function receipted(record: DocumentRecord, now: number): DocumentRecord {
  const { tombstone } = record
  if (!tombstone || tombstone.receipt.chunksPurgedAt !== undefined || record.retired.length > 0) return record
  return { ...record, tombstone: { ...tombstone, receipt: { ...tombstone.receipt, chunksPurgedAt: now } } }
}

export function objectsPurged(record: DocumentRecord, now: number): DocumentRecord {
  const { tombstone } = record
  if (!tombstone || tombstone.receipt.objectsPurgedAt !== undefined) return record
  return { ...record, tombstone: { ...tombstone, receipt: { ...tombstone.receipt, objectsPurgedAt: now } } }
}

/**
 * The object is gone: the deletion that was asked for, or one that somebody did in the bucket. `there` is the deleted
 * revision where its bytes are still to be removed. Changes nothing when another revision than `seen` has come since, or
 * is to come.
 */
export function gone(
  record: DocumentRecord,
  looked: { seen: string | undefined; there?: string },
  now: number,
): DocumentRecord {
  if (record.revision !== looked.seen || isAwaited(record, now)) return record
  if (isDeleted(record)) return receipted(withStatus(record, 'gone', now), now)
  return receipted({ ...buried(record, looked.there, now), claim: record.claim }, now)
}

function sameWish(a: DocumentRecord, b: DocumentRecord): boolean {
  return a.revision === b.revision && a.nonce === b.nonce && sameAttributes(a, b)
}

export function release(
  record: DocumentRecord,
  options: { dueAt?: number; retrying?: DocumentRecord['retrying']; settled?: DocumentRecord },
  now: number,
): DocumentRecord {
  const handedBack = record.current ? retire({ ...record, pending: undefined }, { active: false }) : record
  // What came in the meantime is still to be done.
  const settled = options.settled !== undefined && sameWish(record, options.settled)
  const retrying = settled ? undefined : (options.retrying ?? record.retrying)
  const freed: DocumentRecord = { ...handedBack, pending: record.pending, claim: undefined, retrying }
  const stopped = freed.status === 'processing' || (freed.status === 'verifying' && !freed.pending)
  const status = settled ? 'ready' : stopped ? 'queued' : freed.status
  const waits = status === 'queued' || status === 'verifying'
  const dueAt = options.dueAt ?? (waits ? now + patienceMs : freed.awaitedUntil)
  return { ...withStatus(freed, status, now), dueAt }
}

export function fail(
  record: DocumentRecord,
  failure: { code: string; message: string; place?: string; fingerprint: string },
  now: number,
): DocumentRecord {
  const stopped = retire(record, { active: false })
  return { ...withStatus(stopped, 'failed', now), failure: { ...failure, at: now }, retrying: undefined }
}
