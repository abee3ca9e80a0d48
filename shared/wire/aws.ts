import { createDynamoAccess } from '../adapters/dynamodb/access.ts'
import { createDynamoCache } from '../adapters/dynamodb/cache.ts'
import { createDynamo } from '../adapters/dynamodb/client.ts'
import { createDynamoConversations } from '../adapters/dynamodb/conversations.ts'
import { createDynamoRecords } from '../adapters/dynamodb/records.ts'
import { createOpenSearchIndex } from '../adapters/opensearch/index.ts'
import { createDocumentStore } from '../adapters/record-store.ts'
import { createS3 } from '../adapters/s3/client.ts'
import { createS3Derived } from '../adapters/s3/derived.ts'
import { createS3Objects } from '../adapters/s3/objects.ts'
import { createSqs } from '../adapters/sqs/client.ts'
import { createSqsQueue } from '../adapters/sqs/queue.ts'
import type { Config } from '../config.ts'
import { awsOptions } from './aws-options.ts'
import { openSearchOptions } from './opensearch-options.ts'
import type { WiredStorage, WireOptions } from './types.ts'

/** S3, SQS, DynamoDB and OpenSearch. */
export function wireAws(config: Config, { logger, clock = Date.now }: WireOptions): WiredStorage {
  const dynamo = createDynamo(awsOptions(config, 'DYNAMODB'))
  const s3 = createS3({ ...awsOptions(config, 'S3'), publicUrl: config.S3_PUBLIC_URL })
  const sqs = createSqs(awsOptions(config, 'SQS'))
  const queue = createSqsQueue({
    client: sqs.client,
    queueUrl: config.INGEST_QUEUE_URL,
    deadLetterUrl: config.DEAD_LETTER_QUEUE_URL,
    // The lease ends first, so a message that comes back finds the document free.
    visibilityMs: 2 * config.LEASE_MS,
    maxReceives: config.QUEUE_MAX_RECEIVES,
    waitSeconds: config.QUEUE_WAIT_SECONDS,
    clock,
    onError: (error, job) => logger.error({ err: error, job: job?.kind }, 'a job failed'),
  })
  const index = createOpenSearchIndex(openSearchOptions(config, logger))
  return {
    ports: {
      documents: createDocumentStore(createDynamoRecords(dynamo.client, { table: config.DOCUMENTS_TABLE }), { clock }),
      conversations: createDynamoConversations(dynamo.client, {
        table: config.CONVERSATIONS_TABLE,
        clock,
        retainFeedbackMs: config.RETAIN_FEEDBACK_DAYS * 24 * 60 * 60_000,
      }),
      objects: createS3Objects({ ...s3, bucket: config.DOCUMENTS_BUCKET, clock }),
      derived: createS3Derived({ ...s3, bucket: config.DERIVED_BUCKET }),
      index,
      queue,
      cache: createDynamoCache(dynamo.client, { table: config.CACHE_TABLE, clock }),
      access: createDynamoAccess(dynamo.client, { table: config.ACCESS_TABLE }),
    },
    async close() {
      await index.close()
      for (const part of [dynamo, s3, sqs]) part.close()
    },
  }
}
