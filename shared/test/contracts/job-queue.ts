import { chaosPromises } from './job-queue/chaos.ts'
import { deliveryPromises } from './job-queue/delivery.ts'
import { drainPromises } from './job-queue/drain.ts'
import { fairnessPromises } from './job-queue/fairness.ts'
import type { OpenQueue } from './job-queue/support.ts'

/** What every JobQueue promises. `open` gives two connections to one empty queue. */
export function jobQueueContract(name: string, open: OpenQueue): void {
  deliveryPromises(name, open)
  fairnessPromises(name, open)
  drainPromises(name, open)
  chaosPromises(name, open)
}
