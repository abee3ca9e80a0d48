import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Attributes, DocumentRef, ObjectHead } from '../../../documents/document.ts'
import type { Job } from '../../../documents/job.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import type { TestClock } from '../support.ts'

export interface OpenedObjects {
  objects: ObjectStore
  /** Another connection to the same objects. */
  other: ObjectStore
  /** The revisions that the store keeps of one object; absent: all of them, their removal is somebody else's. */
  keepRevisions?: number
  clock: TestClock
  /**
   * The times of revisions are not those of `clock` but the store's own, and so coarse: a later revision never has an
   * earlier time, but may have the same.
   */
  timeStepMs?: number
  /** A job may also follow a change that nobody sees, such as the removal of an old revision; never the other way. */
  spareJobs?: true
  /** The jobs that were sent since the last call. */
  jobs(): Promise<Job[]>
  /** Sends an upload to the address that `presign` gave. */
  send(url: string, request: { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> }): Promise<Response>
  /** How many files, parts or whatever holds bytes there are, of revisions and otherwise. */
  stored(): Promise<number>
}

export type OpenObjects = (t: Test) => Promise<OpenedObjects>

export const ref: DocumentRef = { tenant: 'acme', path: 'a/b.md' }
export const maxBytes = 1_000_000
const contentType = 'text/markdown'

/** Uploads a text as the newest revision. */
export async function upload(
  objects: ObjectStore,
  body: string,
  document = ref,
  attributes?: Partial<Attributes>,
): Promise<ObjectHead> {
  const staged = await objects.stage(Readable.from([Buffer.from(body)]), { maxBytes })
  return staged.commit(document, { contentType, attributes })
}

/** The text of a revision; undefined when it is gone. */
export async function textOf(objects: ObjectStore, revision: string, document = ref): Promise<string | undefined> {
  const body = await objects.get(document, revision)
  return body && (await buffer(body)).toString()
}
