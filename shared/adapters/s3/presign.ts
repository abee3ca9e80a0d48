import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { type Announced, type PresignedUpload, presignedMs } from '../../ports/object-store.ts'
import { metadataOf } from './metadata.ts'
import type { PutTarget } from './put.ts'

/**
 * An address for one PUT. Key, length, SHA-256, type and metadata are all signed, as headers: S3 ignores a checksum that
 * stands in the query. Made with credentials that end sooner, it ends with them.
 */
export async function presignPut(
  signer: S3Client,
  target: PutTarget,
  announced: Announced,
  now: number,
): Promise<PresignedUpload> {
  const { size, contentType, attributes } = announced
  const Metadata = metadataOf({ attributes })
  const ChecksumSHA256 = Buffer.from(announced.sha256, 'hex').toString('base64')
  const headers: Record<string, string> = {
    'content-length': String(size),
    'x-amz-checksum-sha256': ChecksumSHA256,
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...Object.fromEntries(Object.entries(Metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  }
  const command = new PutObjectCommand({
    ...target,
    ContentLength: size,
    ContentType: contentType,
    ChecksumSHA256,
    Metadata,
  })
  // A signature tells the time in seconds.
  const signedAt = Math.floor(now / 1000) * 1000
  const url = await getSignedUrl(signer, command, {
    expiresIn: presignedMs / 1000,
    signingDate: new Date(signedAt),
    unhoistableHeaders: new Set(Object.keys(headers)),
    signableHeaders: new Set(Object.keys(headers)),
  })
  return { method: 'PUT', url, headers, expiresAt: signedAt + presignedMs }
}
