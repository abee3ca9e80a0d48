import { setTimeout as work } from 'node:timers/promises'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { test } from 'tap'
import { connect, openQueues } from './open.ts'

test("another tenant's backlog of thousands does not stop a job", async (t) => {
  const queues = await openQueues(t)
  const messages = 3000
  for (let n = 0; n < messages; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({ kind: 'reconcile', tenant: 'busy', path: String(n + index) }),
    }))
    await queues.client.send(new SendMessageBatchCommand({ QueueUrl: queues.ingestUrl, Entries }))
  }
  const queue = connect(t, queues, { visibilityMs: 60_000 })
  await queue.send({ kind: 'reconcile', tenant: 'quiet', path: 'urgent.md' })
  const stop = new AbortController()
  let before = 0
  await queue.consume(
    async (job) => {
      if (job.kind === 'reconcile' && job.tenant === 'quiet') stop.abort()
      else if (!stop.signal.aborted) before++
      if (!stop.signal.aborted) await work(500)
      return { done: true }
    },
    { concurrency: 4, signal: stop.signal },
  )
  t.ok(before < 200, `${before} were begun first`)
  const { visible, delayed, held, dead } = await queue.depth()
  t.equal(held + dead, 0, 'nothing is left in hand')
  t.ok(visible + delayed >= messages - before, 'none is lost')
})
