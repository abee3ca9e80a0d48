import { DeleteQueueCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Test } from 'tap'
import { endpoints, region, uniqueName } from '../../../../test/stack/endpoints.ts'
import type { Job } from '../../../documents/job.ts'
import type { JobQueue } from '../../../ports/job-queue.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createSqs } from '../client.ts'
import { createQueues } from '../provision.ts'
import { createSqsQueue, type SqsQueueOptions } from '../queue.ts'

export function awsOptions(endpoint = endpoints.aws): AwsOptions {
  return {
    region,
    endpoint,
    maxAttempts: 3,
    timeoutMs: 10_000,
    concurrency: 64,
    queue: 1000,
    breakerFailures: 10,
    breakerOpenMs: 500,
  }
}

export const limits = { visibilityMs: 3000, maxReceives: 4 }

/** A queue of its own with its dead letters, both removed when the test ends. */
export async function openQueues(t: Test, about = limits) {
  const { client, close } = createSqs(awsOptions())
  const ingest = uniqueName('ingest')
  const queues = await createQueues(awsOptions(), { ingest, deadLetter: `${ingest}-dead` }, about)
  t.teardown(async () => {
    for (const QueueUrl of [queues.ingestUrl, queues.deadLetterUrl])
      await client.send(new DeleteQueueCommand({ QueueUrl }))
    close()
  })
  return { ...queues, client }
}

export type Queues = Awaited<ReturnType<typeof openQueues>>

/** One connection to such a queue. */
export function connect(t: Test, queues: Queues, options: Partial<SqsQueueOptions> = {}, aws = awsOptions()) {
  const { client, close } = createSqs(aws)
  t.teardown(close)
  const { ingestUrl: queueUrl, deadLetterUrl } = queues
  return createSqsQueue({ client, queueUrl, deadLetterUrl, ...limits, waitSeconds: 1, ...options })
}

export async function sendRaw(client: SQSClient, QueueUrl: string, MessageBody: string): Promise<void> {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody }))
}

/** A consumer of everything, at work until the test ends. `until` resolves when something holds of what it handled. */
export function consumeAll(t: Test, queue: JobQueue) {
  const jobs: Job[] = []
  const stop = new AbortController()
  let check = () => {}
  const ended = queue.consume(
    async (job) => {
      jobs.push(job)
      check()
      return { done: true }
    },
    { concurrency: 4, signal: stop.signal, graceMs: 0 },
  )
  t.teardown(async () => {
    stop.abort()
    await ended
  })
  const until = (holds: (jobs: Job[]) => boolean) =>
    new Promise<Job[]>((resolve) => {
      check = () => holds(jobs) && resolve(jobs)
      check()
    })
  return { jobs, until }
}

/** Waits for messages that cannot be read to be among the dead. */
export async function untilDead(queue: JobQueue, count: number) {
  for (;;) {
    const letters = await queue.deadLetters(count)
    if (letters.length >= count) return letters
  }
}
