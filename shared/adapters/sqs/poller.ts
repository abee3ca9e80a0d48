import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { Consumer } from 'sqs-consumer'
import { isKassError } from '../../errors.ts'
import { batchSize } from './batches.ts'

export interface PollerOptions {
  client: SQSClient
  queueUrl: string
  /** How long one request waits for messages; 0 asks what is there now. */
  waitSeconds: number
  visibilitySeconds: number
  /** Resolves when messages are wanted; rejects when the poller is to stop. */
  gate(): Promise<void>
  arrived(messages: Message[]): void
  /** Told when the queue had nothing to give. */
  exhausted(): void
  onError(error: unknown): void
}

const longestPauseMs = 5_000
const firstPauseMs = 100

/**
 * Asks the queue for messages, ten at most, whenever its gate is open. After an error it waits a growing while, so it
 * goes on by itself when the trouble is over.
 */
export function createPoller({ gate, arrived, exhausted, onError, ...options }: PollerOptions) {
  const stopping = new AbortController()
  let errors = 0
  let pauseMs = 0
  // The library's own dispatch waits for the slowest of ten messages, and its heartbeat, its acknowledgement and its
  // updates of the wait (0 is refused) do not fit: it is used for what it does best, the loop.
  const consumer = Consumer.create({
    queueUrl: options.queueUrl,
    sqs: options.client,
    batchSize,
    waitTimeSeconds: options.waitSeconds,
    visibilityTimeout: options.visibilitySeconds,
    shouldDeleteMessages: false,
    messageAttributeNames: ['All'],
    messageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    async preReceiveMessageCallback() {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stopping.signal })
      await gate()
    },
    async handleMessageBatch(messages) {
      errors = pauseMs = 0
      arrived(messages)
      return undefined
    },
  })
  consumer.on('empty', () => {
    errors = pauseMs = 0
    exhausted()
  })
  consumer.on('error', (error) => {
    if (stopping.signal.aborted) return
    const cause = error.cause ?? error
    const asked = isKassError(cause) ? cause.retryAfterMs : undefined
    pauseMs = Math.min(longestPauseMs, asked ?? firstPauseMs * 2 ** errors++)
    onError(cause)
  })
  return {
    start: () => consumer.start(),
    /** Resolves when nothing more will arrive. A request under way is broken off. */
    async stop(): Promise<void> {
      stopping.abort()
      consumer.stop({ abort: true })
      // The library says that it has stopped before it has.
      while (consumer.status.isPolling) await sleep(5)
    },
  }
}
