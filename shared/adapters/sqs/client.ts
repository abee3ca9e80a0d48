import { SQSClient } from '@aws-sdk/client-sqs'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { type AwsOptions, clientConfig, guarded, storageGuard } from '../aws/client.ts'

/** A client for SQS; a long poll may be silent for as long as it waits, on top of the time that every call has. */
export function createSqs(options: AwsOptions): { client: SQSClient; close(): void } {
  const { requestHandler, ...config } = clientConfig(options)
  const client = new SQSClient({
    ...config,
    requestHandler: patient(requestHandler, options.timeoutMs),
    // Emulators name hosts in their queues' addresses that need not resolve.
    useQueueUrlAsEndpoint: options.endpoint === undefined,
  })
  client.middlewareStack.use(guarded('sqs', storageGuard('sqs', options)))
  return { client, close: () => client.destroy() }
}

type Handle = NodeHttpHandler['handle']

/** The same handler, with the time for a long poll added where one is asked for. */
function patient(handler: NodeHttpHandler, timeoutMs: number) {
  const handle: Handle = (request, options) => {
    const requestTimeout = timeoutMs + waitSecondsOf(request) * 1000
    return handler.handle(request, { ...options, requestTimeout })
  }
  return { metadata: handler.metadata, handle, destroy: () => handler.destroy() }
}

function waitSecondsOf({ headers, body }: Parameters<Handle>[0]): number {
  if (!headers['x-amz-target']?.endsWith('.ReceiveMessage')) return 0
  const input: unknown = JSON.parse(body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body))
  const wait = typeof input === 'object' && input !== null ? Reflect.get(input, 'WaitTimeSeconds') : undefined
  return typeof wait === 'number' ? wait : 0
}
