import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Test, test } from 'tap'
import { endpoints, region, uniqueName } from '../../../../test/stack/endpoints.ts'
import type { Job } from '../../../documents/job.ts'
import { connect, consumeAll, openQueues, untilDead } from './open.ts'

/** Keys that are easy to get wrong on their way. */
const keys = ['plain.md', 'a b+c.md', 'Übung/ß 日本.md', '100%.md', '50%25 of.md', 'a&b=c?.md', 't/acme/x y.csv']
const jobs: Job[] = [
  ...keys.slice(0, -1).map((path) => ({ kind: 'reconcile' as const, tenant: 'default', path })),
  { kind: 'reconcile', tenant: 'acme', path: 'x y.csv' },
]
const said = (list: Job[]) => list.map((job) => JSON.stringify(job)).sort()

async function openBucket(t: Test, notify: NotificationConfiguration) {
  const s3 = new S3Client({ region, endpoint: endpoints.aws, forcePathStyle: true })
  const Bucket = uniqueName('events')
  await s3.send(new CreateBucketCommand({ Bucket }))
  t.teardown(async () => {
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }))
    for (const Key of [...keys, 'folder/', 't/Bad/a.md']) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    await s3.send(new DeleteBucketCommand({ Bucket }))
    s3.destroy()
  })
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: notify }))
  return {
    name: Bucket,
    put: (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
    remove: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  }
}

/** A rule that sends what it matches to the queue. */
async function openRule(t: Test, queueArn: string, pattern: object, target: { Input?: string } = {}) {
  const events = new EventBridgeClient({ region, endpoint: endpoints.aws })
  const Rule = uniqueName('rule')
  await events.send(new PutRuleCommand({ Name: Rule, EventPattern: JSON.stringify(pattern) }))
  t.teardown(async () => {
    await events.send(new RemoveTargetsCommand({ Rule, Ids: ['queue'] }))
    await events.send(new DeleteRuleCommand({ Name: Rule }))
    events.destroy()
  })
  await events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: 'queue', Arn: queueArn, ...target }] }))
  return events
}

test("a bucket's notifications become jobs, whatever the keys look like", async (t) => {
  const queues = await openQueues(t)
  const bucket = await openBucket(t, {
    QueueConfigurations: [{ QueueArn: queues.ingestArn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
  })
  const queue = connect(t, queues)
  const written = consumeAll(t, queue)
  await bucket.put('folder/')
  for (const key of keys) await bucket.put(key)
  t.same(said(await written.until((list) => list.length >= keys.length)), said(jobs))
  for (const key of keys) await bucket.remove(key)
  t.same(said(await written.until((list) => list.length >= 2 * keys.length)), said([...jobs, ...jobs]))
  await bucket.put('t/Bad/a.md')
  t.match(await untilDead(queue, 1), [{ body: /Records/, reason: /"t\/Bad\/a\.md" cannot be that of a document/ }])
})

test('the same events by way of EventBridge', async (t) => {
  const queues = await openQueues(t)
  const bucket = await openBucket(t, { EventBridgeConfiguration: {} })
  await openRule(t, queues.ingestArn, { source: ['aws.s3'], detail: { bucket: { name: [bucket.name] } } })
  const { until } = consumeAll(t, connect(t, queues))
  for (const key of keys) await bucket.put(key)
  t.same(said(await until((list) => list.length >= keys.length)), said(jobs))
  await bucket.remove('plain.md')
  t.match((await until((list) => list.length > keys.length)).at(-1), { path: 'plain.md' })
})

test('rules send our own jobs: as their input, as schedules do, or as the detail of an event', async (t) => {
  const queues = await openQueues(t)
  const source = uniqueName('source')
  const about = { source: [source], 'detail-type': ['sweep'] }
  const events = await openRule(t, queues.ingestArn, about, { Input: '{"kind":"sweep"}' })
  await openRule(t, queues.ingestArn, { source: [source], 'detail-type': ['compare'] })
  const { until } = consumeAll(t, connect(t, queues))
  const send = (DetailType: string, Detail: string) =>
    events.send(new PutEventsCommand({ Entries: [{ Source: source, DetailType, Detail }] }))
  await send('sweep', '{}')
  await send('compare', '{"kind":"compare"}')
  t.same(said(await until((list) => list.length >= 2)), said([{ kind: 'sweep' }, { kind: 'compare' }]))
})
