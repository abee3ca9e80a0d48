import { S3Client } from '@aws-sdk/client-s3'
import { type AwsOptions, clientConfig, guarded, storageGuard } from '../aws/client.ts'

export interface S3 {
  client: S3Client
  /** Signs addresses for others, for the address of S3 that those others use; it never calls. */
  signer: S3Client
  /** Longest silence in the middle of an object's bytes, in milliseconds. */
  timeoutMs: number
  close(): void
}

/**
 * S3 by path (`http://host/bucket/key`) where it has an address of its own, else by the bucket's host name.
 * @param options `publicUrl`: the address of S3 for callers, where it differs from `endpoint`
 */
export function createS3(options: AwsOptions & { publicUrl?: string }): S3 {
  const at = (endpoint: string | undefined) =>
    new S3Client({
      ...clientConfig({ ...options, endpoint }),
      forcePathStyle: endpoint !== undefined,
      // Bodies are in memory and small: waiting for "100 Continue" costs a round trip and a connection for each.
      expectContinueHeader: false,
      // Only where it is asked for: an answer about a part of an object may carry the checksum of the whole.
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  const client = at(options.endpoint)
  client.middlewareStack.use(guarded('s3', storageGuard('s3', options)))
  const signer = at(options.publicUrl || options.endpoint)
  return {
    client,
    signer,
    timeoutMs: options.timeoutMs,
    close() {
      client.destroy()
      signer.destroy()
    },
  }
}
