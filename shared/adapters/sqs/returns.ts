import type { Gauge } from './gauge.ts'
import { type Delivery, letterFor, untouched } from './letters.ts'
import type { Exchange, Mailbox } from './mailbox.ts'
import type { Pace } from './pace.ts'

/** What is put off does not come back into the look that it was put off in. */
const leastMs = 1000

export interface ReturnsOptions {
  mailbox: Mailbox
  gauge: Gauge
  pace: Pace
  /** From 0 to 1. */
  random: () => number
  /** Messages that are in this consumer's hands or in its reserve. */
  inHand(): number
  /** Told whenever one of them is done. */
  onDone(): void
}

/** What goes back to the queue while the consumer goes on: exchanges, and messages that nobody here has a place for. */
export function createReturns({ mailbox, gauge, pace, random, inHand, onDone }: ReturnsOptions) {
  const underWay = new Map<Promise<void>, number>()

  /** Keeps count of messages until something has become of them. */
  function keepCount(messages: number, work: Promise<void>): void {
    const done = work.finally(() => {
      underWay.delete(done)
      onDone()
    })
    underWay.set(done, messages)
  }

  /** Each becomes a copy, which counts as never received. */
  async function copy(deliveries: Delivery[], delayMs: () => number): Promise<void> {
    const copies = deliveries.map((delivery) => {
      const { receipt, job } = delivery
      return { receipt, copies: [letterFor(job, delayMs(), untouched(delivery))] }
    })
    await mailbox.exchange(copies)
  }

  async function spread(deliveries: Delivery[]): Promise<void> {
    const returning = [...underWay.values()].reduce((sum, messages) => sum + messages, deliveries.length)
    const rangeMs = pace.spreadMs(await gauge.load(inHand() + returning))
    await copy(deliveries, () => leastMs + random() * rangeMs)
  }

  /** A backlog is spread over the time ahead, so that what others send stands at the front of the queue. */
  function putOff(deliveries: Delivery[]): void {
    if (deliveries.length > 0) keepCount(deliveries.length, spread(deliveries))
  }

  return {
    get size() {
      return underWay.size
    },
    /** Lets others take the place of messages that nobody can handle as they are. */
    replace(exchanges: Exchange[]): void {
      if (exchanges.length > 0) keepCount(exchanges.length, mailbox.exchange(exchanges))
    },
    putOff,
    /** Visible at once, for whoever has a place; of a tenant with many only the first ones. */
    release(deliveries: Delivery[], most = pace.atOnce): void {
      const perTenant = [...Map.groupBy(deliveries, (delivery) => delivery.tenant).values()]
      const first = perTenant.flatMap((lane) => lane.slice(0, most))
      if (first.length > 0)
        keepCount(
          first.length,
          copy(first, () => 0),
        )
      putOff(perTenant.flatMap((lane) => lane.slice(most)))
    },
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay.keys())
    },
  }
}
