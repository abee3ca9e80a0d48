import type { ActiveItem, DocumentRecord, DocumentRef, DocumentStatus, Progress } from '../documents/document.ts'
import { documentId } from '../documents/identity.ts'
import * as step from '../documents/transitions.ts'
import { KassError } from '../errors.ts'
import { type Claim, ClaimLost, type DocumentStore, type ListDocuments, type Page } from '../ports/document-store.ts'
import { ulid } from '../ulid.ts'

/** What a database must offer to hold the records; what the records mean is not its business. */
export interface RecordBackend {
  load(tenant: string, id: string): Promise<DocumentRecord | undefined>
  /**
   * Writes the record if its stored `rev` is still `expected` (0: there is none yet), together with its active item
   * and, when asked, a new epoch of the tenant, as one atomic step; false when somebody else was faster. `former` is
   * the record of that `expected`, so that a backend can tell what changes.
   */
  save(
    record: DocumentRecord,
    expected: number,
    options: { bumpEpoch: boolean; former: DocumentRecord | undefined },
  ): Promise<boolean>
  active(tenant: string, ids: readonly string[]): Promise<Map<string, ActiveItem>>
  list(tenant: string, options: ListDocuments): Promise<Page<DocumentRecord>>
  counts(tenant: string): Promise<Partial<Record<DocumentStatus, number>>>
  epoch(tenant: string): Promise<number>
  due(now: number, limit: number): Promise<DocumentRecord[]>
  all(): AsyncIterable<DocumentRecord>
  putProgress(ref: DocumentRef, progress: Progress): Promise<void>
  progress(ref: DocumentRef): Promise<Progress | undefined>
  lease(name: string, holder: string, until: number, now: number): Promise<boolean>
}

/** How often a write is tried again when others were faster. */
const maxTries = 64

type Transition = (record: DocumentRecord | undefined, now: number) => DocumentRecord | undefined

/** The document store over any backend with a conditional write: read, take one pure step, write if unchanged. */
export function createDocumentStore(backend: RecordBackend, options: { clock: () => number }): DocumentStore {
  const { clock } = options

  async function change(ref: DocumentRef, transition: Transition, bumpEpoch = false) {
    const id = documentId(ref)
    for (let tries = 0; tries < maxTries; tries++) {
      const record = await backend.load(ref.tenant, id)
      const now = clock()
      const next = transition(record, now)
      if (next === undefined || next === record) return next
      const expected = record?.rev ?? 0
      const written = { ...next, rev: expected + 1, updatedAt: now }
      if (await backend.save(written, expected, { bumpEpoch, former: record })) return written
    }
    throw new KassError('conflict')
  }

  async function held(claim: Claim, transition: (record: DocumentRecord, now: number) => DocumentRecord, bump = false) {
    const written = await change(
      claim,
      (record, now) => {
        if (record?.claim?.token !== claim.token) throw new ClaimLost(claim.id)
        return transition(record, now)
      },
      bump,
    )
    if (!written) throw new ClaimLost(claim.id)
    return written
  }

  return {
    get: (ref) => backend.load(ref.tenant, documentId(ref)),
    byId: (tenant, id) => backend.load(tenant, id),
    active: (tenant, ids) => backend.active(tenant, ids),
    list: (tenant, query) => backend.list(tenant, query),
    counts: (tenant) => backend.counts(tenant),
    epoch: (tenant) => backend.epoch(tenant),

    async observe(head) {
      const written = await change(head, (record, now) => step.observe(record, head, now))
      if (!written) throw new KassError('internal')
      return written
    },
    async expect(ref, upload) {
      const written = await change(ref, (record, now) => step.expect(record, ref, upload, now))
      if (!written) throw new KassError('internal')
      return written
    },
    patch: (ref, changes) => change(ref, (record, now) => step.patch(record, changes, now), true),
    reindex: (ref) => change(ref, step.reindex),
    markDeleted: (ref, revision) => change(ref, (record, now) => step.markDeleted(record, revision, now), true),

    async claim(ref, { holder, leaseMs }) {
      const token = ulid()
      let heldUntil = 0
      const record = await change(ref, (found, now) => {
        heldUntil = found?.claim?.until ?? 0
        return step.claim(found, ref, { token, holder, leaseMs }, now)
      })
      if (!record) return { heldUntil }
      return { claim: { tenant: ref.tenant, path: ref.path, id: record.id, token }, record }
    },
    async extend(claim, leaseMs) {
      await held(claim, (record, now) => step.extend(record, leaseMs, now))
    },
    adopt: (claim, head) => held(claim, (record, now) => step.adopt(record, head, now)),
    begin: (claim, attempt) => held(claim, (record, now) => step.begin(record, attempt, now)),
    pending: (claim, made) => held(claim, (record, now) => step.pending(record, made, now)),
    looked: (claim) => held(claim, step.looked),
    activate: (claim) => held(claim, step.activate, true),
    retire: (claim, which) => held(claim, (record) => step.retire(record, which), which.active),
    removed: (claim, attempt, what) => held(claim, (record, now) => step.removed(record, attempt, what, now)),
    objectsPurged: (claim) => held(claim, step.objectsPurged),
    gone: (claim, looked) => held(claim, (record, now) => step.gone(record, looked, now), true),
    release: (claim, how) => held(claim, (record, now) => step.release(record, how, now)),
    fail: (claim, failure) => held(claim, (record, now) => step.fail(record, failure, now)),

    progress: (claim, progress) => backend.putProgress(claim, progress),
    readProgress: (ref) => backend.progress(ref),
    due: (limit) => backend.due(clock(), limit),
    async postpone(record, dueAt) {
      const options = { bumpEpoch: false, former: record }
      await backend.save({ ...record, dueAt, rev: record.rev + 1 }, record.rev, options)
    },
    all: () => backend.all(),
    lease: (name, holder, ms) => backend.lease(name, holder, clock() + ms, clock()),
  }
}
