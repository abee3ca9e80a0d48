import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import { DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Config } from '../../../shared/config.ts'

/** Removes what was provisioned for a configuration, with all that is in it. */
export async function removeResources(config: Config): Promise<void> {
  const at = { region: config.AWS_REGION, endpoint: config.AWS_ENDPOINT_URL }
  const s3 = new S3Client({ ...at, forcePathStyle: true })
  const sqs = new SQSClient({ ...at, useQueueUrlAsEndpoint: false })
  const dynamo = new DynamoDBClient(at)
  try {
    for (const Bucket of [config.DOCUMENTS_BUCKET, config.DERIVED_BUCKET]) await removeBucket(s3, Bucket)
    for (const QueueUrl of [config.INGEST_QUEUE_URL, config.DEAD_LETTER_QUEUE_URL])
      await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    for (const TableName of [
      config.DOCUMENTS_TABLE,
      config.CONVERSATIONS_TABLE,
      config.CACHE_TABLE,
      config.ACCESS_TABLE,
    ])
      await dynamo.send(new DeleteTableCommand({ TableName }))
    for (const path of [config.OPENSEARCH_INDEX, `_index_template/${config.OPENSEARCH_INDEX}`])
      await fetch(`${config.OPENSEARCH_URL}/${path}`, { method: 'DELETE' })
  } finally {
    for (const client of [s3, sqs, dynamo]) client.destroy()
  }
}

async function removeBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (Objects.length === 0) break
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  }
  await s3.send(new DeleteBucketCommand({ Bucket }))
}
