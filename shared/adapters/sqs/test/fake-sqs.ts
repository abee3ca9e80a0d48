import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { HttpRequest } from '@smithy/types'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createFakeQueues, type Input } from './fake-queues.ts'

/** What a request for messages takes. */
const receiveMs = 5

/**
 * SQS in memory, behind the real client, by a clock of its own: able to fail, and fast with thousands of messages. Like
 * a standard queue it keeps the order of sending only roughly.
 */
export function createFakeSqs({ clock = createTestClock(), window = 10, random = Math.random } = {}) {
  const queues = createFakeQueues({ clock, window, random })
  const calls = new Map<string, number>()
  /** Calls that are neither answered nor waiting for messages. */
  let underWay = 0

  /** Asking for messages takes its time, and a long poll lasts until there are some. */
  async function poll({ QueueUrl, WaitTimeSeconds }: Input, abort: AbortSignal | undefined): Promise<void> {
    clock.advance(receiveMs)
    const end = clock() + WaitTimeSeconds * 1000
    const found = () => queues.stored(QueueUrl).some(({ visibleAt }) => visibleAt <= clock())
    underWay--
    try {
      while (clock() < end && !found()) {
        abort?.throwIfAborted()
        await turn()
      }
    } finally {
      underWay++
    }
  }

  const client = new SQSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    md5: false,
    useQueueUrlAsEndpoint: false,
    requestHandler: {
      async handle({ headers, body }: HttpRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
        const action = headers['x-amz-target']?.split('.')[1] ?? ''
        calls.set(action, (calls.get(action) ?? 0) + 1)
        const input = JSON.parse(new TextDecoder().decode(body))
        if (action === 'ReceiveMessage') await poll(input, abortSignal)
        const payload = Buffer.from(JSON.stringify(queues.answer(action, input)))
        const headersOut = { 'content-type': 'application/x-amz-json-1.0' }
        return { response: { statusCode: 200, headers: headersOut, body: Readable.from([payload]) } }
      },
    },
  })
  client.middlewareStack.add(
    (next) => (args) => {
      underWay++
      return next(args).finally(() => underWay--)
    },
    { step: 'initialize', priority: 'high' },
  )
  return {
    ...queues,
    client,
    clock,
    calls,
    underWay: () => underWay,
    total: () => [...calls.values()].reduce((sum, each) => sum + each, 0),
  }
}
