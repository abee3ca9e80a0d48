import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { AwsOptions } from '../aws/client.ts'
import { createS3 } from './client.ts'

/**
 * Makes both buckets as KASS needs them; what is there already is set right and kept. Every change of a document's
 * object sends an event to the queue, which must exist and let S3 send.
 */
export async function createBuckets(
  options: AwsOptions,
  names: { documents: string; derived: string },
  ingestQueueArn: string,
): Promise<void> {
  const { client, close } = createS3(options)
  try {
    await createBucket(client, names.derived)
    await createBucket(client, names.documents)
    const Bucket = names.documents
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }))
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [uploadsFromPages] } }))
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            { Id: 'kass-jobs', QueueArn: ingestQueueArn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] },
          ],
        },
      }),
    )
  } finally {
    close()
  }
}

/** What broken uploads leave is removed after a day, and what was replaced after a month, but for the newest two. */
const rules = [
  {
    ID: 'kass-unfinished-uploads',
    Status: 'Enabled' as const,
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  },
  {
    ID: 'kass-former-versions',
    Status: 'Enabled' as const,
    Filter: { Prefix: '' },
    NoncurrentVersionExpiration: { NoncurrentDays: 30, NewerNoncurrentVersions: 2 },
    Expiration: { ExpiredObjectDeleteMarker: true },
  },
]

/** A presigned address is all the right that an upload needs, so the page it comes from does not matter. */
const uploadsFromPages = {
  AllowedOrigins: ['*'],
  AllowedMethods: ['PUT'],
  AllowedHeaders: ['*'],
  ExposeHeaders: ['ETag', 'x-amz-version-id'],
  MaxAgeSeconds: 3600,
}

async function createBucket(client: S3Client, Bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket }))
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error
  }
}
