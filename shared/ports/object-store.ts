import type { Readable } from 'node:stream'
import type { Attributes, DocumentRef, ObjectHead } from '../documents/document.ts'

/** Bytes that arrived whole but belong to no document yet. */
export interface StagedObject {
  size: number
  /** SHA-256, hex. */
  sha256: string
  /** The first bytes, at most 4,096, to tell the type by. */
  prefix: Uint8Array
  /** Makes them the newest revision of a document; a job follows without fail. */
  commit(ref: DocumentRef, about: { contentType: string; attributes?: Partial<Attributes> }): Promise<ObjectHead>
  /** Forgets them. Safe to call after `commit`. */
  discard(): Promise<void>
}

export interface ObjectStore {
  /**
   * Takes a stream in; nothing can be seen of it before `commit`, and nothing is left of it when it breaks.
   * @throws KassError payload_too_large beyond `maxBytes`; whatever the stream throws
   */
  stage(body: Readable, options: { maxBytes: number }): Promise<StagedObject>
  head(ref: DocumentRef): Promise<ObjectHead | undefined>
  /** The bytes of one revision; undefined when it is gone. */
  get(ref: DocumentRef, revision: string): Promise<Readable | undefined>
  /** All revisions of one object, oldest first. */
  revisions(ref: DocumentRef): Promise<ObjectHead[]>
  /** Removes one revision for good; no error when it is gone already. A job follows when the newest one went. */
  remove(ref: DocumentRef, revision: string): Promise<void>
  /** The newest revision of every object of every tenant. */
  list(): AsyncIterable<ObjectHead>
  /**
   * Removes bytes that no revision names: what a crash in the middle of an upload left. Where there are too many of them
   * to be that, they are `kept`: rather were the names lost.
   */
  collectGarbage(): Promise<{ removed: number; kept: number }>
}

/** The second store: what KASS derives (rejections, traces, reports). It sends no events. */
export interface DerivedStore {
  put(key: string, body: string | Uint8Array): Promise<void>
  get(key: string): Promise<Buffer | undefined>
  remove(key: string): Promise<void>
}
