import { tmpdir } from 'node:os'
import { createDynamo } from '../adapters/dynamodb/client.ts'
import { tableChecks } from '../adapters/dynamodb/diagnose.ts'
import { diskCheck } from '../adapters/filesystem/diagnose.ts'
import { indexCheck } from '../adapters/opensearch/diagnose.ts'
import { createS3 } from '../adapters/s3/client.ts'
import { bucketChecks } from '../adapters/s3/diagnose.ts'
import { createSqs } from '../adapters/sqs/client.ts'
import { queueChecks } from '../adapters/sqs/diagnose.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Diagnosis } from '../ports/diagnosis.ts'
import { awsOptions } from './aws-options.ts'
import { leastFree } from './diagnosis-embedded.ts'
import { openSearchOptions } from './opensearch-options.ts'

/** S3, SQS, DynamoDB and OpenSearch, each by itself. */
export function diagnoseAws(config: Config, logger: Logger): Diagnosis {
  const s3 = createS3(awsOptions(config, 'S3'))
  const sqs = createSqs(awsOptions(config, 'SQS'))
  const dynamo = createDynamo(awsOptions(config, 'DYNAMODB'))
  const at = (service: 'S3' | 'SQS' | 'DYNAMODB') =>
    awsOptions(config, service).endpoint ?? `https://${service.toLowerCase()}.${config.AWS_REGION}.amazonaws.com`
  return {
    checks: [
      // Where documents are read that are too large for memory.
      diskCheck({ folder: tmpdir(), setting: 'TMPDIR', leastBytes: leastFree(config) }),
      ...bucketChecks({
        client: s3.client,
        documents: config.DOCUMENTS_BUCKET,
        derived: config.DERIVED_BUCKET,
        queueName: config.INGEST_QUEUE_URL.slice(config.INGEST_QUEUE_URL.lastIndexOf('/') + 1),
      }),
      ...queueChecks({
        client: sqs.client,
        queueUrl: config.INGEST_QUEUE_URL,
        deadLetterUrl: config.DEAD_LETTER_QUEUE_URL,
        visibilityMs: 2 * config.LEASE_MS,
        maxReceives: config.QUEUE_MAX_RECEIVES,
      }),
      ...tableChecks(dynamo.client, {
        documents: config.DOCUMENTS_TABLE,
        conversations: config.CONVERSATIONS_TABLE,
        cache: config.CACHE_TABLE,
        access: config.ACCESS_TABLE,
      }),
      indexCheck(openSearchOptions(config, logger)),
    ],
    clocks: (['S3', 'SQS', 'DYNAMODB'] as const).map((name) => ({ name, url: at(name) })),
    whyClosed: async () => undefined,
    close() {
      for (const client of [s3, sqs, dynamo]) client.close()
    },
  }
}
