import type {
  Accounting,
  ActiveItem,
  Attributes,
  DocumentRecord,
  DocumentRef,
  DocumentStatus,
  ObjectHead,
  Progress,
} from '../documents/document.ts'

/** A held claim: every write that carries it is refused once another holder, or a deletion, has voided it. */
export interface Claim extends DocumentRef {
  id: string
  token: string
}

/** Thrown by every write that carries a claim which is no longer held. The handler ends; the job is tried again at once. */
export class ClaimLost extends Error {
  constructor(id: string) {
    super(`the claim on ${id} is lost`)
    this.name = 'ClaimLost'
  }
}

export interface ListDocuments {
  prefix?: string
  status?: DocumentStatus
  /** Only documents that these groups admit; undefined: all of the tenant. */
  groups?: readonly string[]
  cursor?: string
  limit: number
}

export interface Page<T> {
  items: T[]
  /** Where the next page begins; absent on the last one. */
  cursor?: string
}

/**
 * The truth about documents. Times are milliseconds since 1970. Every verb is one atomic step: a crash between two
 * verbs leaves a state that `reconcile` understands. Verbs with a claim throw ClaimLost when it is not held any more.
 */
export interface DocumentStore {
  get(ref: DocumentRef): Promise<DocumentRecord | undefined>
  /** By id, within a tenant; undefined when unknown. */
  byId(tenant: string, id: string): Promise<DocumentRecord | undefined>
  /** Strongly consistent; ids that are unknown are left out. One batch read. */
  active(tenant: string, ids: readonly string[]): Promise<Map<string, ActiveItem>>
  /** By path, ascending. Tombstones are listed only when their status is asked for. */
  list(tenant: string, options: ListDocuments): Promise<Page<DocumentRecord>>
  /** How many documents of a tenant are in each status. */
  counts(tenant: string): Promise<Partial<Record<DocumentStatus, number>>>
  /** Rises with everything that can change an answer in this tenant. */
  epoch(tenant: string): Promise<number>

  /** Takes in what the object store holds now: a revision not seen yet makes the document `queued`. Idempotent. */
  observe(head: ObjectHead): Promise<DocumentRecord>
  /**
   * A presigned upload may come until `until`: a document without any bytes is `awaiting` from now on, with these
   * attributes, and forgotten some minutes after that time. One that has bytes stays as it is.
   */
  expect(ref: DocumentRef, upload: { until: number; attributes?: Partial<Attributes> }): Promise<DocumentRecord>
  /** Changes attributes; narrowed groups hold at once. Undefined when there is no such document. */
  patch(ref: DocumentRef, changes: Partial<Attributes>): Promise<DocumentRecord | undefined>
  /** Asks for a new processing of the same bytes. Undefined when there is no such document. */
  reindex(ref: DocumentRef): Promise<DocumentRecord | undefined>
  /** The one write of a deletion: tombstone, every attempt retired, claim void. Undefined when there is nothing to delete. */
  markDeleted(ref: DocumentRef, revision: string | undefined): Promise<DocumentRecord | undefined>

  /**
   * Takes the document for `leaseMs`, making its record when there is none. What an expired claim left unfinished is
   * retired, and that crash is counted for the fingerprint it was working on.
   */
  claim(
    ref: DocumentRef,
    options: { holder: string; leaseMs: number },
  ): Promise<{ claim: Claim; record: DocumentRecord } | { heldUntil: number }>
  extend(claim: Claim, leaseMs: number): Promise<void>
  /** Like `observe`, by the holder, who has just looked: what it saw is the newest, whatever its time. */
  adopt(claim: Claim, head: ObjectHead): Promise<DocumentRecord>
  /** Names the attempt before its first chunk is written; status `processing`. */
  begin(claim: Claim, attempt: { attempt: string; fingerprint: string }): Promise<DocumentRecord>
  /** All chunks of the current attempt are written; status `verifying`. */
  pending(
    claim: Claim,
    made: { chunks: number; accounting: Accounting; revision: string; embedder: string },
  ): Promise<DocumentRecord>
  /** The pending attempt's count was not right (yet): counts the look. */
  looked(claim: Claim): Promise<DocumentRecord>
  /** The pending attempt answers from now on; the former one is retired; status `ready`. */
  activate(claim: Claim): Promise<DocumentRecord>
  /** Retires the pending and the current attempt, and with `active: true` the answering one too. */
  retire(claim: Claim, options: { active: boolean }): Promise<DocumentRecord>
  /** What was done about a retired attempt: removed for the first time, seen empty, or (`purged`) off the list. */
  removed(claim: Claim, attempt: string, step: 'removed' | 'empty' | 'purged'): Promise<DocumentRecord>
  /** The objects of the tombstone are gone. */
  objectsPurged(claim: Claim): Promise<DocumentRecord>
  /**
   * Nothing is wanted here any more: status `gone`; the receipt is complete when no retired attempt is left. `seen` is
   * the record's revision that the holder knows: when another has come since, nothing changes. `there` is the deleted
   * revision if the object store still has it.
   */
  gone(claim: Claim, looked: { seen: string | undefined; there?: string }): Promise<DocumentRecord>
  /**
   * Gives the claim back. `dueAt`: when the sweep should look again. `retrying` stays as it was when left out. `settled`:
   * what this state of the record wants is what answers, so it is `ready`, unless another wish has come since.
   */
  release(
    claim: Claim,
    options: { dueAt?: number; retrying?: DocumentRecord['retrying']; settled?: DocumentRecord },
  ): Promise<DocumentRecord>
  /** Ends the processing of this fingerprint: status `failed` (an older attempt goes on answering); releases nothing. */
  fail(
    claim: Claim,
    failure: { code: string; message: string; place?: string; fingerprint: string },
  ): Promise<DocumentRecord>

  /** How far the holder is; an item of its own, and no error when the claim is lost. */
  progress(claim: Claim, progress: Progress): Promise<void>
  readProgress(ref: DocumentRef): Promise<Progress | undefined>

  /** Documents whose `dueAt` has passed, most overdue first. */
  due(limit: number): Promise<DocumentRecord[]>
  /** The sweep has sent the document again: it is due next at `dueAt`, unless something changed since `rev`. */
  postpone(record: DocumentRecord, dueAt: number): Promise<void>
  /** Every record of every tenant, for the comparison. */
  all(): AsyncIterable<DocumentRecord>
  /** One holder at a time for a schedule; false when another holds it. Holding it again extends it. */
  lease(name: string, holder: string, ms: number): Promise<boolean>
}
