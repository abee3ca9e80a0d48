import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { eachTen, failures } from './batches.ts'
import type { Outgoing, Received } from './letters.ts'

/** A received message that others take the place of: it is deleted only when all of them are in their queues. */
export interface Exchange {
  receipt: string
  copies: Outgoing[]
  /** For the dead letters. */
  dead?: { body: string; reason: string }
}

export interface MailboxOptions {
  client: SQSClient
  queueUrl: string
  deadLetterUrl: string
  /** Told of what went wrong in an exchange; such a message comes back by itself. */
  onError(error: unknown): void
}

export type Mailbox = ReturnType<typeof createMailbox>

/** What can be done to messages, ten at a time. */
export function createMailbox({ client, queueUrl, deadLetterUrl, onError }: MailboxOptions) {
  const toQueue = (letter: Outgoing) => ({
    MessageBody: letter.body,
    DelaySeconds: letter.delaySeconds,
    MessageAttributes: letter.attributes,
    ...(letter.group !== undefined && { MessageGroupId: letter.group }),
  })

  /** An error of a whole request is told once, not for each of its entries. */
  function tell(why: [number, unknown][]): void {
    for (const error of new Set(why.map(([, error]) => error))) onError(error)
  }

  /** Sends them all and gives the owners of those that did not get through. */
  async function sendCopies<T>(letters: { owner: T; letter: Outgoing }[]): Promise<Set<T>> {
    const failed = new Set<T>()
    await eachTen(letters, async (ten) => {
      const Entries = ten.map(({ letter }, index) => ({ Id: String(index), ...toQueue(letter) }))
      const why = await failures(client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries })), ten.length)
      for (const [index] of why) {
        const owner = ten[index]?.owner
        if (owner !== undefined) failed.add(owner)
      }
      tell(why)
    })
    return failed
  }

  /** One by one: their bodies are somebody else's, so ten of them might be more than a request may carry. */
  async function bury({ body, reason }: NonNullable<Exchange['dead']>): Promise<void> {
    const MessageAttributes = { reason: { DataType: 'String', StringValue: printable(reason) } }
    await client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: body, MessageAttributes }))
  }

  return {
    /** @throws KassError storage_* */
    async send(letter: Outgoing): Promise<void> {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, ...toQueue(letter) }))
    },
    /** @throws KassError storage_* */
    async ack({ receipt }: Received): Promise<void> {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }))
    },
    /** Lets a message come back after a while, as one that was received. */
    async hide({ receipt }: Received, seconds: number): Promise<void> {
      const change = { QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: seconds }
      await client.send(new ChangeMessageVisibilityCommand(change))
    },
    /** Keeps messages invisible; gives those that could not be kept, each with the reason. */
    async keep<T extends Received>(messages: T[], seconds: number): Promise<{ message: T; error: unknown }[]> {
      const lost: { message: T; error: unknown }[] = []
      await eachTen(messages, async (ten) => {
        const Entries = ten.map(({ receipt }, index) => {
          return { Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: seconds }
        })
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })
        for (const [index, error] of await failures(client.send(command), ten.length)) {
          const message = ten[index]
          if (message) lost.push({ message, error })
        }
      })
      return lost
    },
    /** Never throws: what fails is told to `onError`, and its message comes back when it is visible again. */
    async exchange(exchanges: Exchange[]): Promise<void> {
      const failed = await sendCopies(exchanges.flatMap((owner) => owner.copies.map((letter) => ({ owner, letter }))))
      for (const owner of exchanges) {
        if (!owner.dead || failed.has(owner)) continue
        await bury(owner.dead).catch((error: unknown) => {
          failed.add(owner)
          onError(error)
        })
      }
      await eachTen(
        exchanges.filter((exchange) => !failed.has(exchange)),
        async (ten) => {
          const Entries = ten.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }))
          const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })
          tell(await failures(client.send(command), ten.length))
        },
      )
    },
  }
}

/** SQS takes no control characters in an attribute, and none may be empty. */
function printable(reason: string): string {
  const text = reason.slice(0, 1000).toWellFormed()
  return text.replace(/\p{Cc}|[\ufffe\uffff]/gu, ' ') || 'no reason was given'
}
