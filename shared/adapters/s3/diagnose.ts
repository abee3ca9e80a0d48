import {
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  type GetBucketNotificationConfigurationCommandOutput,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type DiagnosticCheck, type Finding, ok, problem } from '../../ports/diagnosis.ts'
import { asking } from '../aws/diagnose.ts'

export interface BucketsToCheck {
  client: S3Client
  documents: string
  derived: string
  /** The end of the queue's ARN. */
  queueName: string
}

const key = 'kass-doctor/canary'

/** The two buckets: there, permitted, versioned, and telling the queue of every change. */
export function bucketChecks(about: BucketsToCheck): DiagnosticCheck[] {
  return [
    { name: 'documents bucket', run: (signal) => documentsBucket(about, signal) },
    { name: 'derived bucket', run: (signal) => derivedBucket(about, signal) },
  ]
}

async function documentsBucket(about: BucketsToCheck, abortSignal: AbortSignal): Promise<Finding[]> {
  const { client, documents: Bucket, queueName } = about
  const on = (action: string) => ({ action, what: `the bucket ${Bucket}`, setting: 'DOCUMENTS_BUCKET' })
  const there = await asking(
    on('s3:ListBucket'),
    () => client.send(new HeadBucketCommand({ Bucket }), { abortSignal }),
    () => [ok(`the bucket ${Bucket} is there`)],
  )
  if (there.some(({ state }) => state === 'problem')) return there
  const [versioning, notification] = await Promise.all([
    asking(
      on('s3:GetBucketVersioning'),
      () => client.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal }),
      ({ Status }) => [
        Status === 'Enabled'
          ? ok(`the bucket ${Bucket} is versioned`)
          : problem(
              `the bucket ${Bucket} is not versioned: a replaced document cannot be told from the one before`,
              `aws s3api put-bucket-versioning --bucket ${Bucket} --versioning-configuration Status=Enabled`,
            ),
      ],
    ),
    asking(
      on('s3:GetBucketNotification'),
      () => client.send(new GetBucketNotificationConfigurationCommand({ Bucket }), { abortSignal }),
      (answer) => [notificationFinding(answer, Bucket, queueName)],
    ),
  ])
  return [...there, ...versioning, ...notification]
}

/** Uploads and removals must both be told, to our queue, or to EventBridge, whose rules are not ours to read. */
function notificationFinding(
  { QueueConfigurations = [], EventBridgeConfiguration }: GetBucketNotificationConfigurationCommandOutput,
  bucket: string,
  queueName: string,
): Finding {
  const toUs = QueueConfigurations.filter(({ QueueArn }) => QueueArn?.split(':').at(-1) === queueName)
  const events = new Set(toUs.flatMap(({ Events = [] }) => Events.map((name) => name.split(':')[1] ?? '')))
  const missing = ['ObjectCreated', 'ObjectRemoved'].filter((name) => !events.has(name))
  if (missing.length === 0) return ok(`the bucket ${bucket} tells the queue of every change`)
  if (EventBridgeConfiguration) return ok(`the bucket ${bucket} tells EventBridge; the canary shows whether it arrives`)
  return problem(
    `the bucket ${bucket} does not tell the queue ${queueName} of ${missing.join(' and ')}`,
    `Send its events s3:ObjectCreated:* and s3:ObjectRemoved:* to the queue (node tools/provision.ts does).`,
  )
}

/** The bucket of what is derived is written to and cleared, as service and worker do. */
async function derivedBucket(
  { client, derived: Bucket }: BucketsToCheck,
  abortSignal: AbortSignal,
): Promise<Finding[]> {
  const on = (action: string) => ({ action, what: `the bucket ${Bucket}`, setting: 'DERIVED_BUCKET' })
  const put = await asking(
    on('s3:PutObject'),
    () => client.send(new PutObjectCommand({ Bucket, Key: key, Body: 'canary' }), { abortSignal }),
    () => [ok(`the bucket ${Bucket} can be written to`)],
  )
  if (put.some(({ state }) => state === 'problem')) return put
  // Not stopped half-way: what was put must go again.
  const removed = await asking(
    on('s3:DeleteObject'),
    () => client.send(new DeleteObjectCommand({ Bucket, Key: key })),
    () => [],
  )
  return [...put, ...removed]
}
