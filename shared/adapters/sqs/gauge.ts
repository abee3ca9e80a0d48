import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs'
import type { JobQueue } from '../../ports/job-queue.ts'
import type { Load } from './pace.ts'

export interface GaugeOptions {
  client: SQSClient
  queueUrl: string
  deadLetterUrl: string
  clock: () => number
}

const counted = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
] as const satisfies QueueAttributeName[]

/** For so long the age of the oldest message that was seen stands, when younger ones are seen after it. */
const memoryMs = 60_000
/** For so long the load that was read last is good enough for estimates. */
const freshMs = 2_000

/** What other workers only look at comes and goes: the least of so many samples is what they really have in hand. */
const samples = 8
const noLoad: Load = { waiting: 0, others: 0 }

export type Gauge = ReturnType<typeof createGauge>

/**
 * How full the queue is. SQS counts approximately and tells no age, so the age is that of the oldest message that this
 * process received lately, as long as messages wait; a process that receives none says since when it saw some wait.
 */
export function createGauge({ client, queueUrl, deadLetterUrl, clock }: GaugeOptions) {
  let oldest: { dueAt: number; at: number } | undefined
  let waitingSince: number | undefined
  const others: number[] = []
  let latest: { load: Promise<Load>; at: number } | undefined

  async function counts(QueueUrl: string) {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counted] })
    const { Attributes = {} } = await client.send(command)
    const [visible, delayed, held] = counted.map((name) => Number(Attributes[name] ?? 0))
    return { visible: visible ?? 0, delayed: delayed ?? 0, held: held ?? 0 }
  }

  return {
    /** Told of every message that was received. */
    seen(dueAt: number): void {
      const at = clock()
      if (!oldest || dueAt <= oldest.dueAt || oldest.at + memoryMs < at) oldest = { dueAt, at }
    },
    /** @param reserved messages that this process has received and not handed out: they wait, too */
    async depth(reserved: number): ReturnType<JobQueue['depth']> {
      const [jobs, dead] = await Promise.all([counts(queueUrl), counts(deadLetterUrl)])
      const visible = jobs.visible + reserved
      const now = clock()
      if (visible === 0) oldest = waitingSince = undefined
      else waitingSince ??= now
      return {
        visible,
        delayed: jobs.delayed,
        held: Math.max(0, jobs.held - reserved),
        dead: dead.visible + dead.held,
        oldestAgeMs: visible === 0 ? 0 : Math.max(0, now - Math.min(oldest?.dueAt ?? now, waitingSince ?? now)),
      }
    },
    /**
     * For estimates: some seconds old at most, and nothing at all when it cannot be had.
     * @param own messages that this process has received and neither acknowledged nor given back
     */
    load(own: number): Promise<Load> {
      const at = clock()
      if (!latest || latest.at + freshMs < at) latest = { load: counts(queueUrl).then(loadOf(own), () => noLoad), at }
      return latest.load
    },
  }

  function loadOf(own: number) {
    return ({ visible, delayed, held }: Awaited<ReturnType<typeof counts>>): Load => {
      others.push(Math.max(0, held - own))
      if (others.length > samples) others.shift()
      return { waiting: visible + delayed, others: Math.min(...others) }
    }
  }
}
