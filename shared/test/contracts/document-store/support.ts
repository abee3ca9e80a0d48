import type { Test } from 'tap'
import type { Accounting, DocumentRef, ObjectHead } from '../../../documents/document.ts'
import type { Claim, DocumentStore } from '../../../ports/document-store.ts'
import type { TestClock } from '../support.ts'

export interface OpenedDocuments {
  store: DocumentStore
  /** Another connection to the same records. */
  other: DocumentStore
  clock: TestClock
}

export type OpenDocuments = (t: Test) => Promise<OpenedDocuments>

export const leaseMs = 1000
export const ref: DocumentRef = { tenant: 'acme', path: 'handbook.md' }

/** A revision as the object store would show it: later ones have a greater number. */
export function head(number: number, about: Partial<ObjectHead> = {}): ObjectHead {
  return {
    ...ref,
    revision: `r${number}`,
    size: 10 * number,
    sha256: `sha-${number}`,
    contentType: 'text/markdown',
    createdAt: 1_600_000_000_000 + number,
    ...about,
  }
}

export const accounting: Accounting = { unit: 'rows', read: 3, indexed: 2, rejected: 1, chunks: 2, rejections: [] }

/** Claims a document that nobody holds. */
export async function claimed(store: DocumentStore, document = ref, holder = 'worker-1'): Promise<Claim> {
  const got = await store.claim(document, { holder, leaseMs })
  if (!('claim' in got)) throw new Error('somebody holds the document')
  return got.claim
}

/** Brings a claimed document to a pending attempt. */
export async function makePending(store: DocumentStore, claim: Claim, attempt: string, revision = 'r1'): Promise<void> {
  await store.begin(claim, { attempt, fingerprint: `of ${attempt}` })
  await store.pending(claim, { chunks: 2, accounting, revision, embedder: 'none' })
}

/** Brings a document to `ready`, and gives the claim back. */
export async function makeReady(store: DocumentStore, attempt: string, object = head(1)): Promise<void> {
  await store.observe(object)
  const claim = await claimed(store, object)
  await makePending(store, claim, attempt, object.revision)
  await store.activate(claim)
  await store.release(claim, {})
}
