import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { Job } from '../../documents/job.ts'

/** A message on its way into a queue. */
export interface Outgoing {
  body: string
  /** SQS's fair queues serve groups in turn: the tenant. */
  group?: string
  delaySeconds: number
  attributes: Record<string, MessageAttributeValue>
}

/** What a message has behind it; copies carry it on, since SQS counts receives and age for each copy anew. */
export interface Trail {
  /** How often it was handed out. */
  receives: number
  /** Of those, how often without an outcome. */
  lost: number
  /** When it was, or is, to be handled, in milliseconds since 1970. */
  dueAt: number
}

/** A message that was received; its trail counts this delivery. */
export interface Received extends Trail {
  receipt: string
  body: string
}

/** A message in the hands of a consumer. */
export interface Delivery extends Received {
  job: Job
  /** Empty for the jobs of schedules. */
  tenant: string
}

/** SQS keeps a message back for 15 minutes at most; a longer wait is repeated, by `dueAt`. */
const longestDelaySeconds = 900

/** A message for a job, to be handled after `delayMs`. A first, undelayed one needs no trail. */
export function letterFor(job: Job, delayMs: number, trail?: Trail): Outgoing {
  return {
    body: JSON.stringify(job),
    ...(job.kind === 'reconcile' && { group: job.tenant }),
    delaySeconds: Math.min(longestDelaySeconds, Math.ceil(Math.max(0, delayMs) / 1000)),
    attributes: trail ? { receives: count(trail.receives), lost: count(trail.lost), due: count(trail.dueAt) } : {},
  }
}

const count = (value: number): MessageAttributeValue => ({ DataType: 'Number', StringValue: String(Math.round(value)) })

/** What SQS handed out, in our own words. */
export function receivedOf(message: Message): Received {
  const deliveries = number(message.Attributes?.ApproximateReceiveCount) ?? 1
  const carried = (name: string) => number(message.MessageAttributes?.[name]?.StringValue)
  return {
    receipt: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    receives: (carried('receives') ?? 0) + deliveries,
    lost: (carried('lost') ?? 0) + deliveries,
    dueAt: carried('due') ?? number(message.Attributes?.SentTimestamp) ?? 0,
  }
}

/** Attributes may come from anybody who may send to the queue: what is no number does not count. */
function number(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

/** The trail of a delivery that had an outcome: it was handed out, and is not lost. */
export function handled({ receives, lost, dueAt }: Trail): Trail {
  return { receives, lost: lost - 1, dueAt }
}

/** The trail of a message that was looked at but not handed out. */
export function untouched({ receives, lost, dueAt }: Trail): Trail {
  return { receives: receives - 1, lost: lost - 1, dueAt }
}
