import { type Test, test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'
import { faults, startFaultProxy } from '../../../../test/stack/fault-proxy.ts'
import type { Job } from '../../../documents/job.ts'
import { isKassError } from '../../../errors.ts'
import { awsOptions, connect, consumeAll, openQueues, type Queues } from './open.ts'

const throttled = {
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{"__type":"com.amazonaws.sqs#RequestThrottled","message":"too much"}',
}
const jobOf = (path: string): Job => ({ kind: 'reconcile', tenant: 'acme', path })

/** A way to the queue that can be cut, with short deadlines. */
async function throughProxy(t: Test, queues: Queues) {
  const proxy = await startFaultProxy(endpoints.aws, throttled)
  t.teardown(() => proxy.close())
  const errors: unknown[] = []
  const aws = { ...awsOptions(proxy.url), timeoutMs: 300, maxAttempts: 2 }
  return { proxy, errors, queue: connect(t, queues, { onError: (error) => errors.push(error) }, aws) }
}

for (const fault of faults) {
  test(`a consumer goes on by itself when the queue was in trouble (${fault})`, async (t) => {
    const queues = await openQueues(t)
    const { proxy, errors, queue } = await throughProxy(t, queues)
    const { until } = consumeAll(t, queue)
    await queue.send(jobOf('before'))
    await until((jobs) => jobs.length >= 1)
    proxy.set(fault)
    await connect(t, queues).send(jobOf('during'))
    while (errors.length === 0) await queue.send(jobOf('refused')).catch(() => {})
    t.ok(
      errors.every((error) => isKassError(error) && error.code.startsWith('storage_')),
      String(errors[0]),
    )
    proxy.set(undefined)
    await until((jobs) => jobs.some((job) => job.kind === 'reconcile' && job.path === 'during'))
  })
}

test('an outcome that could not be told is asked for again', async (t) => {
  const queues = await openQueues(t)
  const { proxy, errors, queue } = await throughProxy(t, queues)
  const stop = new AbortController()
  const again = Promise.withResolvers<number>()
  const ended = queue.consume(
    async (_, { receives }) => {
      if (receives === 1) proxy.set('refused')
      else again.resolve(receives)
      return { done: true }
    },
    { concurrency: 1, signal: stop.signal },
  )
  await queue.send(jobOf('a.md'))
  while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve))
  proxy.set(undefined)
  t.equal(await again.promise, 2)
  stop.abort()
  await ended
  t.match(await queue.depth(), { visible: 0, held: 0, dead: 0 })
})
