import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Test } from 'tap'
import { createSqsQueue, type SqsQueueOptions } from '../queue.ts'
import { fakeUrls } from './fake-queues.ts'
import { createFakeSqs } from './fake-sqs.ts'

/** So many turns of the event loop without a call mean that everybody waits for time to pass. */
const idleTurns = 5
const stepMs = 1

/** A queue in a world where time passes only when nothing else happens, and by the requests for messages. */
export function simulate(t: Test, about: { window?: number } = {}) {
  const fake = createFakeSqs(about)
  const { client, clock } = fake
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const options = { ...fakeUrls, visibilityMs: 30_000, maxReceives: 5, waitSeconds: 1 }

  /** A worker's queue: each has its own idea of what goes on. */
  const connect = (more: Partial<SqsQueueOptions> = {}) => createSqsQueue({ ...options, client, clock, ...more })

  /** Lets time pass until something has ended. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let ended = false
    const result = work.finally(() => {
      ended = true
    })
    let [idle, ticked] = [0, clock()]
    while (!ended) {
      await turn()
      idle = fake.underWay() === 0 ? idle + 1 : 0
      if (idle > idleTurns) clock.advance(stepMs)
      mock.timers.tick(clock() - ticked)
      ticked = clock()
    }
    return await result
  }

  async function work(ms: number): Promise<void> {
    const end = clock() + ms
    while (clock() < end) await turn()
  }

  return { ...fake, connect, during, work }
}
