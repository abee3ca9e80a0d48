import { randomBytes } from 'node:crypto'

/** Where the counterparts of the integration tests listen; `npm run test:integration` starts them and says so here. */
interface Endpoints {
  /** S3, SQS, DynamoDB and EventBridge. */
  aws: string
  /** A real OpenSearch node. */
  opensearch: string
  /** The same node behind a proxy that is as limited as OpenSearch Serverless. */
  serverless: string
  /** The Bedrock emulator, and its control endpoint. */
  bedrock: string
}

function started(key: string): string {
  const url = process.env[key]
  if (!url) throw new Error(`${key} is not set: these tests are run by "npm run test:integration"`)
  return url
}

export const endpoints: Endpoints = {
  get aws() {
    return started('KASS_TEST_AWS_URL')
  },
  get opensearch() {
    return started('KASS_TEST_OPENSEARCH_URL')
  },
  get serverless() {
    return started('KASS_TEST_SERVERLESS_URL')
  },
  get bedrock() {
    return started('KASS_TEST_BEDROCK_URL')
  },
}

export const region = 'us-east-1'

/** What the counterparts accept as credentials; the SDK finds them in the environment. */
export const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

/** A name that no other test uses, good for a table, a bucket, a queue and an index. */
export function uniqueName(what: string): string {
  return `kass-${what}-${randomBytes(6).toString('hex')}`
}
