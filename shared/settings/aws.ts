import { integer, type Setting, text, url } from './kinds.ts'

/** AWS itself, and the names of what was made there (a restored backup has new ones). */
export const awsSettings = {
  AWS_REGION: text('AWS region, for example eu-central-1'),
  AWS_ENDPOINT_URL: url('Address that answers for all of AWS, when it is not AWS itself'),
  AWS_ENDPOINT_URL_S3: url('Address of S3; AWS_ENDPOINT_URL when empty'),
  AWS_ENDPOINT_URL_SQS: url('Address of SQS; AWS_ENDPOINT_URL when empty'),
  AWS_ENDPOINT_URL_DYNAMODB: url('Address of DynamoDB; AWS_ENDPOINT_URL when empty'),
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url('Address of Bedrock; AWS_ENDPOINT_URL when empty'),
  AWS_MAX_ATTEMPTS: integer('How often a call to AWS is tried at most, by the SDK', 3, 1, 10),
  AWS_TIMEOUT_MS: integer('Longest silence of a storage service before a try is given up', 5_000, 50, 120_000),
  UPSTREAM_CONCURRENCY: integer('Calls under way at once to each service, for each process', 128, 1, 10_000),
  UPSTREAM_QUEUE: integer('Calls that may wait for one of those places', 1024, 0, 100_000),
  BREAKER_FAILURES: integer('Failures in a row after which a service is left alone for a while', 10, 1, 10_000),
  BREAKER_OPEN_MS: integer('How long it is left alone before one call tries again', 5_000, 10, 600_000),

  DOCUMENTS_BUCKET: text('S3 bucket of the documents (versioned)'),
  DERIVED_BUCKET: text('S3 bucket of what is derived from them'),
  S3_PUBLIC_URL: url('Address of S3 for callers, where it differs from the one that KASS uses; in presigned uploads'),
  INGEST_QUEUE_URL: text('SQS queue of the jobs'),
  DEAD_LETTER_QUEUE_URL: text('SQS queue of the messages that nobody could read'),
  QUEUE_WAIT_SECONDS: integer('How long one request to SQS waits for messages', 20, 1, 20),
  DOCUMENTS_TABLE: text('DynamoDB table of the document records'),
  CONVERSATIONS_TABLE: text('DynamoDB table of the conversations'),
  CACHE_TABLE: text('DynamoDB table of the cached answers'),
  ACCESS_TABLE: text('DynamoDB table of the keys and the usage counters'),
} as const satisfies Record<string, Setting<unknown>>
