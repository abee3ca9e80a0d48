import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Job, traced } from '../../documents/job.ts'
import type { JobQueue } from '../../ports/job-queue.ts'
import { startConsumer } from './consume.ts'
import { readDeadLetters } from './dead-letters.ts'
import { createGauge } from './gauge.ts'
import { letterFor } from './letters.ts'
import { createMailbox } from './mailbox.ts'

export interface SqsQueueOptions {
  client: SQSClient
  queueUrl: string
  deadLetterUrl: string
  /** How long a message that was handed out stays invisible without a sign of life; whole seconds, rounded up. */
  visibilityMs: number
  /** Deliveries without an outcome before a message is a dead letter. */
  maxReceives: number
  clock?: () => number
  random?: () => number
  /** How long one request waits for messages, 1 to 20. */
  waitSeconds?: number
  /** Told of everything that went wrong in a handler or in the queue itself. */
  onError?: (error: unknown, job?: Job) => void
}

/**
 * The job queue in SQS (a standard queue). What fails throws a KassError `storage_*`; a consumer never does: it tells
 * `onError` and goes on.
 */
export function createSqsQueue(options: SqsQueueOptions): JobQueue {
  const { client, deadLetterUrl, visibilityMs, clock = Date.now, random = Math.random, waitSeconds = 20 } = options
  const onError = (error: unknown, job?: Job) => options.onError?.(error, job)
  const mailbox = createMailbox({ ...options, onError })
  const gauge = createGauge({ ...options, clock })
  const consumers = new Set<ReturnType<typeof startConsumer>>()
  const visibilitySeconds = Math.max(1, Math.ceil(visibilityMs / 1000))
  return {
    async send(job, { delayMs = 0 } = {}) {
      const trail = delayMs > 0 ? { receives: 0, lost: 0, dueAt: clock() + delayMs } : undefined
      await mailbox.send(letterFor(traced(job, 'aws_sqs'), delayMs, trail))
    },
    async consume(handler, about) {
      const parts = { ...options, mailbox, gauge, visibilitySeconds, waitSeconds, clock, random, onError }
      const consumer = startConsumer(parts, handler, about)
      consumers.add(consumer)
      await consumer.ended.finally(() => consumers.delete(consumer))
    },
    depth: () => gauge.depth([...consumers].reduce((sum, consumer) => sum + consumer.reserved(), 0)),
    deadLetters: (limit) => readDeadLetters(client, deadLetterUrl, limit),
  }
}
