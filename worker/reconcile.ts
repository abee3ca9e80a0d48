import type { DocumentRecord, DocumentRef } from '../shared/documents/document.ts'
import { isAwaited, isDeleted } from '../shared/documents/transitions.ts'
import { KassError } from '../shared/errors.ts'
import { ClaimLost } from '../shared/ports/document-store.ts'
import type { JobOutcome } from '../shared/ports/job-queue.ts'
import { decideTrace, inSpan } from '../shared/telemetry/scope.ts'
import { makeAttempt, RevisionGone } from './attempt.ts'
import type { WorkerDeps } from './deps.ts'
import { countDocument } from './ingest-metrics.ts'
import { holdLease, type Lease } from './lease.ts'
import { purgeObjects, purgeRetired, removeDeleted } from './purge.ts'
import { wantedFingerprint } from './wanted.ts'

/** How often one call looks again before it leaves the rest to the next message. */
const maxRounds = 20
/** How often a pending attempt is looked at before it counts as a failure that may pass. */
const maxLooks = 3
/** Longest wait for a claim that another holds, so that no wake-up is lost. */
const heldWaitMs = 2_000
/** Least wait between two looks at a pending attempt. */
const minLookMs = 50

/**
 * The one verb of the worker: compares what is there now with what the record and the index hold, and makes them agree.
 * Upload, replacement, new metadata, deletion, redelivery, a lost event and a restored backup are all the same case.
 * Safe to call at any time, any number of times, by any number of workers; a crash at any line loses nothing.
 */
export async function reconcile(deps: WorkerDeps, ref: DocumentRef, stopping: AbortSignal): Promise<JobOutcome> {
  const { documents, queue } = deps.ports
  const claimedAt = deps.clock()
  const claimed = await documents.claim(ref, { holder: deps.holder, leaseMs: deps.settings.leaseMs })
  if ('heldUntil' in claimed) {
    // Waiting is a delayed copy and an ack: it must not use up the deliveries of this message.
    const delayMs = Math.max(50, Math.min(heldWaitMs, claimed.heldUntil - deps.clock()))
    await queue.send({ kind: 'reconcile', tenant: ref.tenant, path: ref.path }, { delayMs })
    return { done: true }
  }
  const lease = holdLease(deps, claimed.claim, claimedAt, stopping)
  try {
    await deps.at('claimed')
    await settle(deps, lease, ref)
    await deps.at('released')
    return { done: true }
  } catch (error) {
    if (error instanceof ClaimLost || (lease.signal.aborted && !stopping.aborted)) {
      deps.telemetry.meter.count('kass.lease.lost', {})
      return { retryMs: 0 }
    }
    if (!stopping.aborted) throw error
    await handBack(deps, lease)
    return { retryMs: 0 }
  } finally {
    lease.stop()
  }
}

async function handBack(deps: WorkerDeps, lease: Lease): Promise<void> {
  try {
    await deps.ports.documents.release(lease.claim, {})
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error
  }
}

/** Looks and acts until record, index and object agree, or until there is something to wait for. */
async function settle(deps: WorkerDeps, lease: Lease, ref: DocumentRef): Promise<void> {
  const { documents, objects } = deps.ports
  let missing: string | undefined
  for (let round = 0; round < maxRounds; round++) {
    lease.check()
    const head = await objects.head(ref)
    const record = head ? await documents.adopt(lease.claim, head) : await documents.get(ref)
    // An event of the bucket says no trace; the upload left it with the object. What is done again later is another one.
    const known = record?.active?.revision === head?.revision || record?.failure !== undefined
    decideTrace(known ? undefined : head?.traceparent)
    await deps.at('looked')
    if (!record) throw new ClaimLost(lease.claim.id)
    if (!head && isAwaited(record, deps.clock())) return finish(deps, lease, record, {})
    if (!head || record.tombstone?.revision === head.revision) {
      if ((await bury(deps, lease, record, head?.revision)) === 'settled') return
      continue
    }
    const wanted = { revision: head.revision, fingerprint: wantedFingerprint(deps, record, head.revision) }
    try {
      if ((await advance(deps, lease, record, wanted)) === 'settled') return
    } catch (error) {
      if (error instanceof RevisionGone && missing !== head.revision) {
        missing = head.revision
        continue
      }
      if (error instanceof ClaimLost || lease.signal.aborted) throw error
      if ((await giveUp(deps, lease, wanted.fingerprint, error)) === 'settled') return
    }
  }
  await documents.release(lease.claim, { dueAt: deps.clock() })
}

/** One step towards what is wanted. */
async function advance(
  deps: WorkerDeps,
  lease: Lease,
  found: DocumentRecord,
  wanted: { revision: string; fingerprint: string },
): Promise<'again' | 'settled'> {
  const { documents } = deps.ports
  let record = found
  if (record.pending && record.pending.fingerprint !== wanted.fingerprint) {
    record = await documents.retire(lease.claim, { active: false })
    await deps.at('retired')
  }
  if (record.active?.fingerprint === wanted.fingerprint) {
    await finish(deps, lease, record, { settled: record })
    return 'settled'
  }
  if (record.pending) return verify(deps, lease, record)
  const { failure, crashes } = record
  if (failure?.fingerprint === wanted.fingerprint) {
    if (record.status !== 'failed') record = await documents.fail(lease.claim, failure)
    await finish(deps, lease, record, {})
    return 'settled'
  }
  if (crashes?.fingerprint === wanted.fingerprint && crashes.count >= deps.settings.crashLimit) {
    throw new KassError('worker_crashed')
  }
  // What tries before this one have written must not pile up for as long as they fail.
  const cleared = await purgeRetired(deps, lease, record)
  await makeAttempt(deps, lease, cleared.record, wanted)
  return 'again'
}

/** A pending attempt answers as soon as all of it can be found. */
async function verify(deps: WorkerDeps, lease: Lease, record: DocumentRecord): Promise<'again' | 'settled'> {
  const { documents, index } = deps.ports
  if (!record.pending) return 'again'
  const found = await index.count(record.pending.attempt)
  await deps.at('counted')
  lease.check()
  if (found === record.pending.chunks) {
    await inSpan('activate', {}, () => documents.activate(lease.claim))
    countDocument(deps.telemetry.meter, 'ready', record)
    await deps.at('activated')
    return 'again'
  }
  const lookMs = Math.max(minLookMs, index.visibilityMs)
  // Any message leads here; only a look that came after the index had its time says something.
  const early = record.pending.at + (record.pending.looks + 1) * index.visibilityMs - deps.clock()
  if (early > 0) return lookAgain(deps, lease, early)
  const { pending } = await documents.looked(lease.claim)
  if (pending && pending.looks >= maxLooks) {
    await documents.retire(lease.claim, { active: false })
    await deps.at('retired')
    throw new KassError('internal', { detail: 'Not everything that was written to the index could be found in it.' })
  }
  return lookAgain(deps, lease, lookMs)
}

async function lookAgain(deps: WorkerDeps, { claim }: Lease, delayMs: number): Promise<'settled'> {
  const { documents, queue } = deps.ports
  await documents.release(claim, { dueAt: deps.clock() + 2 * delayMs })
  await queue.send({ kind: 'reconcile', tenant: claim.tenant, path: claim.path }, { delayMs })
  return 'settled'
}

/** Nothing is wanted here any more. A deleted object that came back (a restored bucket) is removed again. */
async function bury(
  deps: WorkerDeps,
  lease: Lease,
  { revision: seen }: DocumentRecord,
  there: string | undefined,
): Promise<'again' | 'settled'> {
  const record = await deps.ports.documents.gone(lease.claim, { seen, there })
  if (!isDeleted(record)) return 'again'
  if (there !== undefined) await removeDeleted(deps, lease, record)
  await finish(deps, lease, record, {})
  return 'settled'
}

/** Cleans up behind what was settled and gives the claim back. */
async function finish(
  deps: WorkerDeps,
  lease: Lease,
  found: DocumentRecord,
  how: { settled?: DocumentRecord },
): Promise<void> {
  const cleared = await purgeObjects(deps, lease, found)
  const { dueAt } = await purgeRetired(deps, lease, cleared)
  await deps.ports.documents.release(lease.claim, { dueAt, ...how })
}

/** A failure that may pass is tried again with backoff, for a day at most; any other one ends this fingerprint. */
async function giveUp(deps: WorkerDeps, lease: Lease, wanted: string, error: unknown): Promise<'again' | 'settled'> {
  const { documents, queue } = deps.ports
  const { retryBaseMs, retryMaxMs, retryForMs } = deps.settings
  const known = error instanceof KassError ? error : new KassError('internal', { cause: error })
  const now = deps.clock()
  const record = await documents.get(lease.claim)
  const since = record?.retrying?.since ?? now
  const count = (record?.retrying?.count ?? 0) + 1
  // What we did not foresee may pass as well: a full disk, a busy database.
  const mayPass = known.retryable || known.code === 'internal'
  const about = { documentId: lease.claim.id, code: known.code, count }
  if (!mayPass || now - since >= retryForMs) {
    deps.logger.warn({ ...about, err: error }, 'a document failed')
    const { code, message, place } = known
    await documents.fail(lease.claim, { code, message, place, fingerprint: wanted })
    countDocument(deps.telemetry.meter, 'failed', record)
    return 'again'
  }
  countDocument(deps.telemetry.meter, 'retried', record)
  const backoff = Math.min(retryMaxMs, retryBaseMs * 2 ** Math.min(count - 1, 20))
  const delayMs = Math.max(known.retryAfterMs ?? 0, backoff)
  deps.logger.warn({ ...about, delayMs, err: error }, 'a document is tried again later')
  await documents.release(lease.claim, { retrying: { since, count, code: known.code }, dueAt: now + 2 * delayMs })
  await queue.send({ kind: 'reconcile', tenant: lease.claim.tenant, path: lease.claim.path }, { delayMs })
  return 'settled'
}
