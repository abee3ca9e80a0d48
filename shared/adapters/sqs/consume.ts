import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import type { Job } from '../../documents/job.ts'
import type { JobQueue } from '../../ports/job-queue.ts'
import { admit } from './admit.ts'
import { batchSize } from './batches.ts'
import type { Gauge } from './gauge.ts'
import { createHands, type Handler } from './hands.ts'
import { receivedOf } from './letters.ts'
import type { Exchange, Mailbox } from './mailbox.ts'
import { createPace, longestLook, reserveMs } from './pace.ts'
import { createPoller } from './poller.ts'
import { createReserve } from './reserve.ts'
import { createReturns } from './returns.ts'

export interface ConsumerParts {
  client: SQSClient
  queueUrl: string
  mailbox: Mailbox
  gauge: Gauge
  visibilitySeconds: number
  waitSeconds: number
  maxReceives: number
  clock: () => number
  /** From 0 to 1. */
  random: () => number
  onError(error: unknown, job?: Job): void
}

/** Returns under way before the next look waits for them. */
const mostReturns = 8

/**
 * The consumer behind `JobQueue.consume`. While places are free and nothing is at hand it listens. What arrives goes to
 * tenants that hold no place at once; before a tenant gets another place, the rest of the queue is looked at, as far as
 * that costs little beside the work. What is looked at and not handed out stays at hand for a second; of what goes back
 * then, or is too much to keep, a backlog is spread over the time ahead, so that others' messages come to the front.
 */
export function startConsumer(
  parts: ConsumerParts,
  handler: Handler,
  { concurrency, signal, graceMs = 10_000 }: Parameters<JobQueue['consume']>[1],
): { ended: Promise<void>; reserved(): number } {
  const { mailbox, gauge, visibilitySeconds, maxReceives, clock, onError } = parts
  const pace = createPace(concurrency, clock)
  const reserve = createReserve()
  let look: { began: number; seen: number } | undefined
  let changed = Promise.withResolvers<void>()

  const change = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const about = { mailbox, pace, visibilitySeconds, maxReceives, clock, handler, onError }
  const hands = createHands({ ...about, onFree: () => place(false) })
  const inHand = () => hands.size + reserve.size
  const returns = createReturns({ mailbox, gauge, pace, random: parts.random, inHand, onDone: change })
  const free = () => !signal.aborted && hands.size < concurrency

  /** Hands out what there is while places are free: all of it, or only to tenants that hold no place. */
  function place(all: boolean): void {
    while (free()) {
      const next = reserve.next(hands.perTenant)
      if (!next || (!all && hands.perTenant.has(next.tenant))) break
      reserve.take(next)
      hands.start(next)
    }
    change()
  }

  function endLook(): void {
    look = undefined
    place(true)
  }

  function arrived(messages: Message[]): void {
    const others: Exchange[] = []
    for (const message of messages) {
      const received = receivedOf(message)
      gauge.seen(received.dueAt)
      const admission = admit(received, maxReceives, clock())
      if ('exchange' in admission) others.push(admission.exchange)
      else if (!reserve.add(admission.delivery, clock())) others.push({ receipt: received.receipt, copies: [] })
    }
    returns.replace(others)
    place(false)
    look ??= { began: clock(), seen: 0 }
    look.seen += messages.length
    const long = look.seen >= longestLook || clock() - look.began >= pace.lookMs()
    if (long || !free()) endLook()
    returns.putOff(reserve.surplus(pace.kept(), batchSize))
  }

  /** Nobody else gets what is kept here, so nothing is kept for long while there is no place for it. */
  function release(): void {
    reserve.forgetTurns()
    if (!free() && reserve.since() < clock() - reserveMs) returns.release(reserve.surplus(pace.keptWhenFull()))
  }

  async function beat(): Promise<void> {
    const lost = await mailbox.keep([...hands.handling, ...reserve.all()], visibilitySeconds)
    for (const { message, error } of lost) if (hands.handling.has(message)) onError(error, message.job)
  }

  const poller = (waitSeconds: number, wanted: () => boolean) =>
    createPoller({
      ...parts,
      waitSeconds,
      arrived,
      exhausted: endLook,
      async gate() {
        while (!wanted()) {
          signal.throwIfAborted()
          await changed.promise
        }
      },
    })
  const pollers = [
    poller(parts.waitSeconds, () => free() && reserve.size === 0),
    poller(0, () => free() && reserve.size > 0 && returns.size < mostReturns),
  ]

  async function drain(): Promise<void> {
    change()
    await Promise.all(pollers.map((each) => each.stop()))
    returns.release(reserve.surplus(0), Number.POSITIVE_INFINITY)
    const grace = setTimeout(hands.abort, graceMs)
    await hands.settled()
    clearTimeout(grace)
    await returns.settled()
  }

  async function run(): Promise<void> {
    if (signal.aborted) return
    const timers = [setInterval(beat, (visibilitySeconds * 1000) / 3), setInterval(release, reserveMs / 4)]
    for (const each of pollers) each.start()
    try {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await drain()
    } finally {
      for (const timer of timers) clearInterval(timer)
    }
  }

  return { ended: run(), reserved: () => reserve.size }
}
