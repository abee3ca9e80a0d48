import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteObjectCommand, HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { DocumentRef, ObjectHead } from '../../documents/document.ts'
import { objectKey, parseObjectKey } from '../../documents/identity.ts'
import { KassError } from '../../errors.ts'
import type { ObjectStore, StagedObject } from '../../ports/object-store.ts'
import { openStaging, type StagedFile, stageFile } from '../staging.ts'
import type { S3 } from './client.ts'
import { attributesIn, contentTypeIn, sha256In, traceparentIn } from './metadata.ts'
import { orMissing } from './missing.ts'
import { presignPut } from './presign.ts'
import { putFile } from './put.ts'
import { readObject } from './read.ts'
import { listVersions } from './versions.ts'

export interface S3ObjectsOptions extends Pick<S3, 'client' | 'signer' | 'timeoutMs'> {
  /** With versions, and with events that reach the job queue. */
  bucket: string
  clock?: () => number
  /** Folder for what is being uploaded. */
  scratch?: string
}

/** Revisions whose heads are asked for at once. */
const headsAtOnce = 8

/**
 * Objects in S3: a document's key is its object's key, a revision is a version, and S3's own events are the jobs.
 * A revision's time is S3's, in whole seconds.
 */
export function createS3Objects(options: S3ObjectsOptions): ObjectStore {
  const { client, signer, timeoutMs, bucket, clock = Date.now } = options
  const scratch = options.scratch ?? join(tmpdir(), 'kass-uploads')
  let opened = false
  let bucketSeen = false

  const at = (ref: DocumentRef) => ({ Bucket: bucket, Key: objectKey(ref) })

  /** An answer without a body cannot say which of the two is missing, and a wrong bucket must not pass for deletions. */
  async function requireBucket(): Promise<void> {
    if (bucketSeen) return
    const there = await orMissing(client.send(new HeadBucketCommand({ Bucket: bucket })))
    if (!there) throw new KassError('storage_unavailable', { detail: `There is no bucket ${bucket}.` })
    bucketSeen = true
  }

  async function look(ref: DocumentRef, revision?: string): Promise<ObjectHead | undefined> {
    const answer = await orMissing(
      client.send(new HeadObjectCommand({ ...at(ref), VersionId: revision, ChecksumMode: 'ENABLED' })),
    )
    if (!answer) {
      await requireBucket()
      return undefined
    }
    const attributes = attributesIn(answer.Metadata)
    const traceparent = traceparentIn(answer.Metadata)
    return {
      tenant: ref.tenant,
      path: ref.path,
      revision: versioned(answer.VersionId),
      size: answer.ContentLength ?? 0,
      sha256: sha256In(answer),
      contentType: contentTypeIn(answer),
      ...(attributes && { attributes }),
      createdAt: answer.LastModified?.getTime() ?? 0,
      ...(traceparent !== undefined && { traceparent }),
    }
  }

  function versioned(versionId: string | undefined): string {
    if (versionId !== undefined) return versionId
    const detail = `The bucket ${bucket} keeps no versions, or what answered is not S3.`
    throw new KassError('storage_unavailable', { detail })
  }

  async function commit(staged: StagedFile, ref: DocumentRef, about: Parameters<StagedObject['commit']>[1]) {
    try {
      const revision = versioned(await putFile(client, at(ref), staged, about))
      const head = await look(ref, revision)
      if (!head) throw new KassError('conflict')
      return head
    } finally {
      await rm(staged.file, { force: true })
    }
  }

  return {
    async stage(body, { maxBytes }) {
      if (!opened) openStaging(scratch)
      opened = true
      const staged = await stageFile(scratch, body, maxBytes)
      const { size, sha256, prefix } = staged
      let open = true
      return {
        size,
        sha256,
        prefix,
        async commit(ref, about) {
          if (!open) throw new Error('these bytes were committed or discarded already')
          open = false
          return commit(staged, ref, about)
        },
        async discard() {
          if (open) await rm(staged.file, { force: true })
          open = false
        },
      }
    },
    presign: (ref, announced) => presignPut(signer, at(ref), announced, clock()),
    async admit() {
      throw new KassError('not_found', { detail: 'Uploads go to the address that POST /documents/uploads gives.' })
    },
    head: (ref) => look(ref),
    get: (ref, revision) => readObject(client, { ...at(ref), VersionId: revision }, timeoutMs),
    async revisions(ref) {
      const key = objectKey(ref)
      const versions: string[] = []
      for await (const version of listVersions(client, bucket, key)) {
        // The key itself comes before every longer one.
        if (version.key !== key) break
        versions.unshift(version.versionId)
      }
      const heads: ObjectHead[] = []
      for (let first = 0; first < versions.length; first += headsAtOnce) {
        const some = await Promise.all(versions.slice(first, first + headsAtOnce).map((version) => look(ref, version)))
        heads.push(...some.filter((head) => head !== undefined))
      }
      return heads
    },
    async remove(ref, revision) {
      await orMissing(client.send(new DeleteObjectCommand({ ...at(ref), VersionId: revision })))
    },
    async *list() {
      for await (const { key, versionId, isLatest, size, createdAt } of listVersions(client, bucket)) {
        const ref = isLatest ? parseObjectKey(key) : undefined
        if (ref) yield { ...ref, revision: versionId, size, sha256: '', contentType: '', createdAt }
      }
    },
    /** A version never lacks its name; unfinished uploads are ended by the bucket's own rule (createBuckets). */
    collectGarbage: async () => ({ removed: 0, kept: 0 }),
  }
}
