import type { IncomingHttpHeaders } from 'node:http'
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

/** What somebody announces to upload without the API in between. */
export interface Announced {
  size: number
  /** SHA-256, hex. */
  sha256: string
  /** Left out: whatever the upload says, or nothing. */
  contentType?: string
  /** Left out: what the record says. */
  attributes?: Partial<Attributes>
}

/** How that upload is made: the bytes, to this address, with exactly these headers. */
export interface PresignedUpload {
  method: 'PUT'
  /** One that begins with `/` is an address of the API, which asks `admit` about it. */
  url: string
  headers: Record<string, string>
  /** Until when the upload must have begun. */
  expiresAt: number
}

/** How long a presigned upload is good for. */
export const presignedMs = 15 * 60_000

export interface ObjectStore {
  /**
   * Takes a stream in; nothing can be seen of it before `commit`, and nothing is left of it when it breaks.
   * @throws KassError payload_too_large beyond `maxBytes`; whatever the stream throws
   */
  stage(body: Readable, options: { maxBytes: number }): Promise<StagedObject>
  /**
   * Lets a caller put the announced bytes, and no others, as the newest revision of a document, for `presignedMs`. Whoever
   * has the address and the headers may do so, without any other right. A job follows as after `commit`.
   * @throws KassError invalid_metadata when the attributes are more than an object can carry
   */
  presign(ref: DocumentRef, announced: Announced): Promise<PresignedUpload>
  /**
   * What was announced for an upload that came to the API, and when its address was made. It is for the API to take the bytes in (`receiveAnnounced`).
   * @throws KassError forbidden when this store has not made the address, it has expired, or the headers are others;
   * checksum_mismatch when the body has another length; not_found when this store's uploads never come to the API
   */
  admit(request: {
    url: string
    headers: IncomingHttpHeaders
  }): Promise<Announced & { ref: DocumentRef; issuedAt: number }>
  /** The newest revision; `sha256` is empty where nobody has said it, as in an object that somebody put there by hand. */
  head(ref: DocumentRef): Promise<ObjectHead | undefined>
  /**
   * The bytes of one revision; undefined when it is gone. The stream gives all of them or ends with an error.
   */
  get(ref: DocumentRef, revision: string): Promise<Readable | undefined>
  /** All revisions of one object, oldest first. */
  revisions(ref: DocumentRef): Promise<ObjectHead[]>
  /** Removes one revision for good; no error when it is gone already. A job follows when the newest one went. */
  remove(ref: DocumentRef, revision: string): Promise<void>
  /** The newest revision of every object of every tenant; type, hash and attributes may be left empty: `head` tells. */
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
  /**
   * Removes up to `limit` bodies under `prefix` that were put before a time (milliseconds since 1970); keys under it must
   * have the order of their age. One call looks at some of them only: `more` says whether there may be others.
   */
  expire(prefix: string, before: number, limit: number): Promise<{ removed: number; more: boolean }>
}
