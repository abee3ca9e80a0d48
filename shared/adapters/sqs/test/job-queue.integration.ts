import { setTimeout as sleep } from 'node:timers/promises'
import { jobQueueContract } from '../../../test/contracts/job-queue.ts'
import { connect, limits, openQueues, sendRaw } from './open.ts'

/**
 * The queue keeps its own time, and a check that something is not there yet must not come late on a busy machine: the
 * contract's clock runs faster than the queue's.
 */
const speed = 1.25

jobQueueContract('sqs', async (t) => {
  const began = Date.now()
  const clock = () => began + (Date.now() - began) * speed
  const queues = await openQueues(t)
  return {
    queue: connect(t, queues, { clock }),
    other: connect(t, queues, { clock }),
    ...limits,
    pass: (ms) => sleep(ms / speed),
    sendRaw: (body) => sendRaw(queues.client, queues.ingestUrl, body),
  }
})
