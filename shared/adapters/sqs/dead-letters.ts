import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { JobQueue } from '../../ports/job-queue.ts'
import { eachTen } from './batches.ts'

type DeadLetters = Awaited<ReturnType<JobQueue['deadLetters']>>

/** Long enough that no letter is read twice in one go. */
const lookSeconds = 30

/** Reads dead letters, the newest of those that were read first, and leaves them where they are. */
export async function readDeadLetters(client: SQSClient, queueUrl: string, limit: number): Promise<DeadLetters> {
  const letters: Message[] = []
  while (letters.length < limit) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(10, limit - letters.length),
        VisibilityTimeout: lookSeconds,
        // Without a wait not every server of the queue is asked.
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['reason'],
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      }),
    )
    if (Messages.length === 0) break
    letters.push(...Messages)
  }
  await eachTen(letters, async (ten) => {
    const Entries = ten.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }))
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
  })
  return letters.map(letterOf).sort((a, b) => b.at - a.at)
}

function letterOf({ Body = '', Attributes, MessageAttributes }: Message): DeadLetters[number] {
  const reason = MessageAttributes?.reason?.StringValue ?? 'the queue handed it out too often without an outcome'
  return { body: Body, reason, at: Number(Attributes?.SentTimestamp ?? 0) }
}
