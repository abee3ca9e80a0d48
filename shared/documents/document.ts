/** The words that the API, the worker and the adapters share about documents. */

export type Metadata = Record<string, string | number | boolean>

/** What people say of a document; everything here can be used in filters. */
export interface Attributes {
  title: string
  /** Empty: everyone in the tenant. */
  groups: string[]
  tags: string[]
  metadata: Metadata
}

export interface DocumentRef {
  tenant: string
  path: string
}

export type DocumentStatus = 'awaiting' | 'queued' | 'processing' | 'verifying' | 'ready' | 'failed' | 'gone'
export const documentStatuses: readonly DocumentStatus[] = [
  'awaiting',
  'queued',
  'processing',
  'verifying',
  'ready',
  'failed',
  'gone',
]

/** Something that was read but could not be indexed: where, and why. */
export interface Rejection {
  place: string
  reason: string
}

/** Units read = units indexed + units rejected, or the document never becomes ready. */
export interface Accounting {
  /** What a unit is in this format: `rows`, `pages`, `paragraphs`, … */
  unit: string
  read: number
  indexed: number
  rejected: number
  chunks: number
  /** The first of them; all are in the derived store. */
  rejections: Rejection[]
}

export interface DocumentFailure {
  code: string
  message: string
  place?: string
  at: number
}

/** One processing that is named in the record, whole and answering. */
export interface ActiveAttempt {
  attempt: string
  fingerprint: string
  revision: string
  embedder: string
  chunks: number
  at: number
}

export interface PendingAttempt extends ActiveAttempt {
  accounting: Accounting
  /** How often its count was wrong. */
  looks: number
}

export interface RetiredAttempt {
  attempt: string
  /** When the first removal was done; a second one follows a lease later. */
  removedAt?: number
  /** When, after the second removal, nothing of it was left; it leaves the list when that is seen twice. */
  emptyAt?: number
}

/** The receipt of a deletion: what was gone when, in milliseconds since 1970. */
export interface DeletionReceipt {
  deletedAt: number
  invisibleAt: number
  objectsPurgedAt?: number
  chunksPurgedAt?: number
}

export interface Tombstone {
  /** The revision that was there when the document was deleted; absent when no object was there. */
  revision?: string
  receipt: DeletionReceipt
}

export interface Progress {
  stage: 'reading' | 'indexing' | 'verifying'
  done: number
  total?: number
  at: number
}

/** The truth about one document. All times are milliseconds since 1970. */
export interface DocumentRecord extends DocumentRef, Attributes {
  id: string
  /** Rises by one with every write: the optimistic lock of the store. */
  rev: number
  status: DocumentStatus
  statusAt: number
  createdAt: number
  updatedAt: number
  /** The newest revision of the object that was seen, and when it was written. */
  revision?: string
  revisionAt: number
  size: number
  sha256: string
  contentType: string
  /** How many revisions were seen. */
  version: number
  /** Raised by `reindex`; part of the fingerprint. */
  nonce: number
  /** Raised by each deletion: what was said from an earlier life of the document stays hidden. */
  incarnation: number
  active?: ActiveAttempt
  pending?: PendingAttempt
  /** The attempt whose chunks are being written. */
  current?: { attempt: string; fingerprint: string }
  retired: RetiredAttempt[]
  crashes?: { fingerprint: string; count: number }
  claim?: { token: string; holder: string; until: number }
  tombstone?: Tombstone
  failure?: DocumentFailure & { fingerprint: string }
  accounting?: Accounting
  /** Since when a retryable failure keeps coming back, how often, and which. */
  retrying?: { since: number; count: number; code: string }
  /** Until when the bytes of a presigned upload may still come; only while the status is `awaiting`. */
  awaitedUntil?: number
  /** When the sweep must look at it again; absent when there is nothing to wait for. */
  dueAt?: number
}

/** The small item that every search hit is checked against. */
export interface ActiveItem {
  id: string
  attempt: string | undefined
  groups: string[]
  incarnation: number
  deleted: boolean
}

/** One state of an object in the object store. */
export interface ObjectHead extends DocumentRef {
  revision: string
  size: number
  sha256: string
  contentType: string
  /** What travelled with the object; absent when it came without our metadata. */
  attributes?: Partial<Attributes>
  createdAt: number
  /** The trace by which it was uploaded, where the store remembers it. */
  traceparent?: string
}

export type ChunkKind = 'text' | 'rows' | 'table-summary'

/** One passage, as it is indexed and cited. */
export interface Chunk {
  ordinal: number
  kind: ChunkKind
  text: string
  /** Headings above it, outermost first. */
  section: string[]
  /** Where it opens: `page 3`, `lines 10-24`, `Sheet1!A12:F18`, `rows 12-18`. */
  locator: string
  /** SHA-256 (hex, 32 digits) of the text with its white space folded. */
  hash: string
  /**
   * Of a `rows` chunk: the first line of `text` is the header (unless `headerless`), every further line is one row,
   * and this is the original number of each of those rows, so that a citation can be narrowed to rows.
   */
  rowNumbers?: number[]
  headerless?: true
}
