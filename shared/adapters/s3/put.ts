import { type FileHandle, open, readFile } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Attributes } from '../../documents/document.ts'
import type { StagedFile } from '../staging.ts'
import { metadataOf } from './metadata.ts'

/** What is sent at once, and kept in memory so that it can be sent again. S3 takes 10,000 parts: 78 GB. */
export const partBytes = 8 * 1024 * 1024
const partsAtOnce = 3

export interface PutTarget {
  Bucket: string
  Key: string
}

/**
 * Makes a file an object; gives its version, undefined in a bucket without versions. S3 compares what arrives with our
 * SHA-256, or with a CRC-32 of each part. Nothing can be seen before all of it is there, and when it fails nothing stays,
 * no part either.
 */
export async function putFile(
  client: S3Client,
  target: PutTarget,
  staged: StagedFile,
  about: { contentType: string; attributes?: Partial<Attributes> },
): Promise<string | undefined> {
  const type = about.contentType === '' ? {} : { ContentType: about.contentType }
  if (staged.size > partBytes) {
    const Metadata = metadataOf({ attributes: about.attributes, sha256: staged.sha256 })
    return putParts(client, target, staged, { ...type, Metadata })
  }
  const answer = await client.send(
    new PutObjectCommand({
      ...target,
      ...type,
      Metadata: metadataOf({ attributes: about.attributes }),
      Body: await readFile(staged.file),
      ContentLength: staged.size,
      ChecksumSHA256: Buffer.from(staged.sha256, 'hex').toString('base64'),
    }),
  )
  return answer.VersionId
}

/** `Upload` of @aws-sdk/lib-storage would leave the parts behind when the last call, the one that completes, fails. */
async function putParts(
  client: S3Client,
  target: PutTarget,
  staged: StagedFile,
  about: { ContentType?: string; Metadata: Record<string, string> },
): Promise<string | undefined> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ...about, ChecksumAlgorithm: 'CRC32' }),
  )
  const upload = { ...target, UploadId }
  const file = await open(staged.file)
  try {
    const Parts = await sendParts(client, upload, file, staged.size)
    const answer = await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
    return answer.VersionId
  } catch (error) {
    // Where this fails too, the bucket's own rule removes the parts a day later; what went wrong first is the news.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

/** A few parts at once; when one fails no further one begins, and those under way have ended when this throws. */
async function sendParts(
  client: S3Client,
  upload: PutTarget & { UploadId: string | undefined },
  file: FileHandle,
  size: number,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = []
  let next = 0
  let failed = false
  async function work(): Promise<void> {
    while (!failed && next * partBytes < size) {
      const PartNumber = ++next
      const from = (PartNumber - 1) * partBytes
      const Body = Buffer.allocUnsafe(Math.min(partBytes, size - from))
      const { bytesRead } = await file.read(Body, 0, Body.length, from)
      if (bytesRead !== Body.length) throw new Error('a staged file is shorter than it was')
      const { ETag, ChecksumCRC32 } = await client.send(
        new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }),
      )
      parts[PartNumber - 1] = { PartNumber, ETag, ChecksumCRC32 }
    }
  }
  const workers = Array.from({ length: partsAtOnce }, () =>
    work().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const outcomes = await Promise.allSettled(workers)
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure) throw failure.reason
  return parts
}
