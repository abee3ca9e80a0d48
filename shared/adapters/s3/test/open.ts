import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Test } from 'tap'
import { endpoints, region, uniqueName } from '../../../../test/stack/endpoints.ts'
import { parseObjectKey } from '../../../documents/identity.ts'
import type { Job } from '../../../documents/job.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createS3 } from '../client.ts'
import { createS3Objects } from '../objects.ts'
import { createBuckets } from '../provision.ts'
import { listVersions } from '../versions.ts'

export const awsOptions = (endpoint = endpoints.aws): AwsOptions => ({
  region,
  endpoint,
  maxAttempts: 3,
  timeoutMs: 5_000,
  concurrency: 64,
  queue: 256,
  breakerFailures: 100,
  breakerOpenMs: 100,
})

/** What is left of unfinished uploads in a bucket. */
export async function unfinished(client: S3Client, bucket: string): Promise<{ Key?: string; UploadId?: string }[]> {
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
}

async function emptyBucket(client: S3Client, bucket: string): Promise<void> {
  for (const { Key, UploadId } of await unfinished(client, bucket)) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
  }
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]
    if (all.length === 0) break
    for (const { Key, VersionId } of all) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }))
  }
  await client.send(new DeleteBucketCommand({ Bucket: bucket }))
}

/** A queue that S3 may send to. */
async function openQueue(t: Test) {
  const client = new SQSClient({ region, endpoint: endpoints.aws })
  const name = uniqueName('s3-events')
  const arn = `arn:aws:sqs:${region}:000000000000:${name}`
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
    ],
  }
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { Policy: JSON.stringify(policy) } }),
  )
  t.teardown(async () => {
    await client.send(new DeleteQueueCommand({ QueueUrl }))
    client.destroy()
  })
  /** The events that wait; for a second at most when there is none and `wait` says so. */
  async function receive(wait: boolean): Promise<{ name: string; key: string; version: string }[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: wait ? 1 : 0 }),
    )
    for (const { ReceiptHandle } of Messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    return Messages.flatMap(({ Body = '{}' }) => JSON.parse(Body).Records ?? []).map((record) => ({
      name: record.eventName,
      key: decodeURIComponent(record.s3.object.key.replace(/\+/g, ' ')),
      version: record.s3.object.versionId,
    }))
  }
  return { arn, receive }
}

/** Buckets of its own with a queue for their events, which the test removes. */
export async function openBuckets(t: Test) {
  const names = { documents: uniqueName('documents'), derived: uniqueName('derived') }
  const s3 = createS3(awsOptions())
  const queue = await openQueue(t)
  await createBuckets(awsOptions(), names, queue.arn)
  t.teardown(async () => {
    for (const bucket of Object.values(names)) await emptyBucket(s3.client, bucket)
    s3.close()
  })
  return { names, s3, queue }
}

/** Two connections to one empty store, and what the contract wants to know of it. */
export async function openS3Objects(t: Test) {
  const { names, s3, queue } = await openBuckets(t)
  const second = createS3(awsOptions())
  t.teardown(() => second.close())
  const bucket = names.documents
  const clock = createTestClock(Date.now())
  const scratch = t.testdir({})
  const of = (connection: typeof s3) =>
    createS3Objects({ ...connection, bucket, clock, scratch: join(scratch, 'uploads') })
  const created = new Set<string>()
  const removed = new Set<string>()

  /** Every change has its event: what is there was created, what is there no more was removed. */
  async function owed(): Promise<boolean> {
    const there = new Set<string>()
    for await (const { versionId } of listVersions(s3.client, bucket)) there.add(versionId)
    const unheard = [...there].some((version) => !created.has(version))
    return unheard || [...created].some((version) => !there.has(version) && !removed.has(version))
  }

  async function jobs(): Promise<Job[]> {
    const found: Job[] = []
    const take = async (wait: boolean) => {
      for (const event of await queue.receive(wait)) {
        const known = event.name.startsWith('ObjectCreated:') ? created : removed
        known.add(event.version)
        const ref = parseObjectKey(event.key)
        if (ref) found.push({ kind: 'reconcile', ...ref })
      }
    }
    while (await owed()) await take(true)
    await take(false)
    return found
  }

  async function stored(): Promise<number> {
    const versions = await Array.fromAsync(listVersions(s3.client, bucket))
    const files = readdirSync(scratch, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return versions.length + (await unfinished(s3.client, bucket)).length + files.length
  }

  return {
    objects: of(s3),
    other: of(second),
    clock,
    timeStepMs: 1000,
    spareJobs: true as const,
    jobs,
    stored,
    send: (url: string, { headers, body }: { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> }) =>
      fetch(url, { method: 'PUT', headers, body }),
    s3,
    bucket,
    scratch,
  }
}
