import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DeleteTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import {
  DeleteBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DeleteQueueCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type Test, test } from 'tap'
import { loadConfig } from '../../../shared/config.ts'
import { createLogger } from '../../../shared/logger.ts'
import { endpoints, region } from '../../../test/stack/endpoints.ts'
import { recorded } from '../../../test/stack/recorded.ts'
import { freshResources } from '../../../test/stack/resources.ts'
import { provision } from '../../provision.ts'
import { canary } from '../canary.ts'
import type { DoctorReport } from '../doctor.ts'
import { doctor, type Env, faultsOf, portsOf, work } from './open.ts'
import { jsonRefusal, refusingProxy, s3Refusal } from './refusing-proxy.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
const at = { region, endpoint: endpoints.aws }
const s3 = new S3Client({ ...at, forcePathStyle: true })
const sqs = new SQSClient({ ...at, useQueueUrlAsEndpoint: false })
const dynamo = new DynamoDBClient(at)

/** An installation of its own, without a worker; the index goes when the test ends, everything else with the emulator. */
async function installed(t: Test, more: Env = {}): Promise<Env> {
  const env = { ...freshResources(), ...more }
  await provision(loadConfig(env), { logger })
  t.teardown(async () => {
    await fetch(`${endpoints.opensearch}/${env.OPENSEARCH_INDEX}`, { method: 'DELETE' })
  })
  return env
}

const value = (env: Env, key: string) => env[key] ?? ''
/** Nobody waits long for the worker that is not there. */
const look = (env: Env): Promise<DoctorReport> => doctor(env, { canaryMs: 1_500 })

test('in a sound installation nothing is found', async (t) => {
  const env = await installed(t, {
    CHAT_MODEL: 'bedrock',
    EMBEDDER: 'bedrock',
    RERANKER: 'bedrock',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoints.bedrock,
    OPENSEARCH_VISIBILITY_MS: '1000',
  })
  await work(t, env)
  // A process of its own, so that its calls come into the list of calls under its own role.
  const { nodeArgs, env: recording } = recorded('tool')
  const args = [...nodeArgs, join(import.meta.dirname, '../../kass.ts'), 'doctor', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env, ...recording },
  })
  const report: DoctorReport = JSON.parse(stdout)
  t.strictSame(faultsOf(report), [])
  t.ok(report.checks.length >= 16)
  const ports = await portsOf(t, env)
  t.strictSame(await ports.objects.revisions(canary), [], 'nothing is left behind')
  t.strictSame((await ports.documents.list(canary.tenant, { limit: 10 })).items, [])
})

test('a wrong endpoint is found, and everything else is looked at', async (t) => {
  const env = await installed(t)
  const report = await look({ ...env, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' })
  for (const table of ['documents', 'conversations', 'cache', 'access']) {
    t.match(faultsOf(report, `${table} table`), [
      /cannot be reached \(ECONNREFUSED\) -> Check AWS_REGION, the AWS_ENDPOINT/,
    ])
  }
  t.strictSame(
    [...faultsOf(report, 'documents bucket'), ...faultsOf(report, 'queue'), ...faultsOf(report, 'index')],
    [],
  )
})

test('wrong credentials are found', async (t) => {
  const env = await installed(t)
  const proxy = await refusingProxy(t, endpoints.aws, () => s3Refusal('InvalidAccessKeyId'))
  const report = await look({ ...env, AWS_ENDPOINT_URL_S3: proxy })
  t.match(faultsOf(report, 'derived bucket'), [
    /the credentials are not good \(InvalidAccessKeyId\) -> Give this process/,
  ])
})

test('a permission that is missing is found by its name', async (t) => {
  const env = await installed(t)
  const s3Proxy = await refusingProxy(t, endpoints.aws, ({ url }) =>
    url.includes('versioning') ? s3Refusal('AccessDenied') : undefined,
  )
  const dynamoProxy = await refusingProxy(t, endpoints.aws, ({ target }) =>
    target.endsWith('.GetItem') ? jsonRefusal('com.amazon.coral.service#AccessDeniedException') : undefined,
  )
  const report = await look({ ...env, AWS_ENDPOINT_URL_S3: s3Proxy, AWS_ENDPOINT_URL_DYNAMODB: dynamoProxy })
  const bucket = env.DOCUMENTS_BUCKET
  t.strictSame(faultsOf(report, 'documents bucket'), [
    `problem documents bucket: s3:GetBucketVersioning on the bucket ${bucket} is not permitted -> Allow s3:GetBucketVersioning on the bucket ${bucket} to the role that runs this.`,
  ])
  t.match(faultsOf(report, 'access table'), [/dynamodb:GetItem on the table .* is not permitted/])
})

test('a bucket that keeps no versions is found', async (t) => {
  const env = await installed(t)
  const VersioningConfiguration = { Status: 'Suspended' } as const
  await s3.send(new PutBucketVersioningCommand({ Bucket: env.DOCUMENTS_BUCKET, VersioningConfiguration }))
  t.match(faultsOf(await look(env), 'documents bucket'), [/is not versioned.* -> aws s3api put-bucket-versioning/])
})

test('a bucket that tells nobody is found, by its settings and by the canary', async (t) => {
  // The comparison would find the canary, too.
  const env = await installed(t, { COMPARE_EVERY_MS: '0' })
  const Bucket = value(env, 'DOCUMENTS_BUCKET')
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }))
  await work(t, env)
  const report = await doctor(env, { canaryMs: 8_000 })
  t.match(faultsOf(report, 'documents bucket'), [/does not tell the queue .* of ObjectCreated and ObjectRemoved/])
  t.match(faultsOf(report, 'canary'), [/no notification of the canary arrived .*a worker is there/])
})

test('a bucket that is not there is found', async (t) => {
  const env = await installed(t)
  await s3.send(new DeleteBucketCommand({ Bucket: env.DERIVED_BUCKET }))
  t.match(faultsOf(await look(env), 'derived bucket'), [
    /the bucket .*-derived does not exist -> Make it .*DERIVED_BUCKET/,
  ])
})

test('a queue that is not there is found', async (t) => {
  const env = await installed(t)
  await sqs.send(new DeleteQueueCommand({ QueueUrl: env.DEAD_LETTER_QUEUE_URL }))
  t.match(faultsOf(await look(env), 'dead letter queue'), [/the queue .*-dead does not exist/])
})

test('a queue without a redrive policy is found, and one that gives up before the worker', async (t) => {
  const env = await installed(t)
  const set = (RedrivePolicy: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: env.INGEST_QUEUE_URL, Attributes: { RedrivePolicy } }))
  await set('')
  t.match(faultsOf(await look(env), 'queue'), [/has no redrive policy.* -> Set the queue's redrive policy to .*-dead/])
  const queue = value(env, 'DEAD_LETTER_QUEUE_URL').split('/').at(-1)
  const deadLetterTargetArn = `arn:aws:sqs:${region}:000000000000:${queue}`
  await set(JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }))
  t.match(faultsOf(await look(env), 'queue'), [/gives messages up after 3 deliveries, before the worker does/])
  await set(JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 50 }))
  t.strictSame(faultsOf(await look(env), 'queue'), [])
})

test('a queue that shows messages again before the lease ends is mentioned', async (t) => {
  const env = await installed(t)
  t.match(faultsOf(await look({ ...env, LEASE_MS: '120000' }), 'queue'), [/^warning .*invisible for 60 s.* to 240/])
})

test('dead letters that wait are mentioned', async (t) => {
  const env = await installed(t)
  await sqs.send(new SendMessageCommand({ QueueUrl: env.DEAD_LETTER_QUEUE_URL, MessageBody: '{}' }))
  t.match(faultsOf(await look(env), 'dead letter queue'), [/^warning .*: 1 dead letters are waiting -> Read why/])
})

test('a table that is not there is found', async (t) => {
  const env = await installed(t)
  await dynamo.send(new DeleteTableCommand({ TableName: env.CONVERSATIONS_TABLE }))
  t.match(faultsOf(await look(env), 'conversations table'), [/does not exist -> Make it .*CONVERSATIONS_TABLE/])
})

test('a table of other keys is found', async (t) => {
  const env = await installed(t)
  const report = await look({ ...env, ACCESS_TABLE: value(env, 'CACHE_TABLE') })
  t.match(faultsOf(report, 'access table').join(), /has not keys that this release needs/)
})

test('a table that nothing leaves is found', async (t) => {
  const env = await installed(t)
  const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: false }
  await dynamo.send(new UpdateTimeToLiveCommand({ TableName: env.CACHE_TABLE, TimeToLiveSpecification }))
  t.match(faultsOf(await look(env), 'cache table'), [/its time to live is off -> aws dynamodb update-time-to-live/])
})

const bedrock = { EMBEDDER: 'bedrock', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoints.bedrock }

test('an index for vectors of other dimensions is found', async (t) => {
  const env = await installed(t, { ...bedrock, BEDROCK_EMBEDDING_DIMENSIONS: '256' })
  t.strictSame(faultsOf(await look(env), 'index'), [])
  const report = await look({ ...env, BEDROCK_EMBEDDING_DIMENSIONS: '512' })
  t.match(faultsOf(report, 'index'), [/has vectors of 256 dimensions, the embedder makes 512 -> Set the dimensions/])
})

test('an index of another language, and one that is not there, are found', async (t) => {
  const env = await installed(t)
  t.match(faultsOf(await look({ ...env, SEARCH_LANGUAGE: 'german' }), 'index'), [/made for SEARCH_LANGUAGE=english/])
  t.match(faultsOf(await look({ ...env, OPENSEARCH_INDEX: 'kass-no-such' }), 'index'), [/does not exist/])
  const nowhere = await look({ ...env, OPENSEARCH_URL: 'http://127.0.0.1:9', OPENSEARCH_TIMEOUT_MS: '1000' })
  t.match(faultsOf(nowhere, 'index'), [/OpenSearch at http:\/\/127.0.0.1:9 cannot be asked .* -> Check OPENSEARCH_URL/])
})

test('a model that is unknown to Bedrock, and one that is throttled there, are found', async (t) => {
  const env = await installed(t, { ...bedrock, CHAT_MODEL: 'bedrock' })
  const unknown = await look({ ...env, BEDROCK_EMBEDDING_MODEL: 'amazon.titan-embed-text-v9:0' })
  t.match(faultsOf(unknown, 'embedder').join(), /^problem/)
  const proxy = await refusingProxy(t, endpoints.bedrock, ({ url }) =>
    url.includes('converse')
      ? { ...jsonRefusal(''), status: 429, headers: { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '9' } }
      : undefined,
  )
  const throttled = await look({ ...env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: proxy, AWS_MAX_ATTEMPTS: '1' })
  t.match(faultsOf(throttled, 'chat model'), [/^warning .*is throttled; it says to come again in 9 s/])
})

test('a worker that is not running is found', async (t) => {
  const env = await installed(t)
  t.match(faultsOf(await look(env), 'canary'), [/^problem canary: no worker took the canary within 3 s/])
})
