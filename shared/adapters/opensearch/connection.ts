import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Client, type ClientOptions } from '@opensearch-project/opensearch'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import type { OpenSearchOptions } from './options.ts'

/**
 * The client. It neither retries (the caller does, within the call's time) nor pings (`HEAD /` is unknown to
 * collections). Its signer also signs `x-amz-content-sha256`, without which a collection answers 403.
 */
export function connect(options: OpenSearchOptions): Client {
  const common: ClientOptions = {
    node: options.url,
    maxRetries: 0,
    requestTimeout: options.timeoutMs,
    resurrectStrategy: 'none',
    agent: { keepAlive: true, maxSockets: options.concurrency },
  }
  if (options.auth === 'none') return new Client(common)
  if (options.auth === 'basic') {
    return new Client({ ...common, auth: { username: options.username ?? '', password: options.password ?? '' } })
  }
  const service = options.dialect === 'serverless' ? 'aoss' : 'es'
  // One provider for all requests: it remembers the credentials and renews them in time.
  return new Client({
    ...common,
    ...AwsSigv4Signer({ region: options.region ?? '', service, getCredentials: defaultProvider() }),
  })
}
