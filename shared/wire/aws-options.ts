import type { AwsOptions } from '../adapters/aws/client.ts'
import type { Config } from '../config.ts'

/** The services that may have an address of their own. */
type Service = 'S3' | 'SQS' | 'DYNAMODB' | 'BEDROCK_RUNTIME'

/** How one AWS service is reached by this configuration. */
export function awsOptions(config: Config, service: Service): AwsOptions {
  const endpoint = config[`AWS_ENDPOINT_URL_${service}`] || config.AWS_ENDPOINT_URL
  return {
    region: config.AWS_REGION,
    ...(endpoint !== '' && { endpoint }),
    maxAttempts: config.AWS_MAX_ATTEMPTS,
    timeoutMs: config.AWS_TIMEOUT_MS,
    concurrency: config.UPSTREAM_CONCURRENCY,
    queue: config.UPSTREAM_QUEUE,
    breakerFailures: config.BREAKER_FAILURES,
    breakerOpenMs: config.BREAKER_OPEN_MS,
  }
}
