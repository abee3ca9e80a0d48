import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'tap'
import type { JobContext } from '../../../ports/job-queue.ts'
import { connect, limits, openQueues } from './open.ts'

test('what a consumer held when it was killed is handed to another one', async (t) => {
  const queues = await openQueues(t)
  const queue = connect(t, queues)
  const script = join(import.meta.dirname, 'children', 'hold.ts')
  const child = spawn(process.execPath, [script, queues.ingestUrl, queues.deadLetterUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await queue.send({ kind: 'reconcile', tenant: 'acme', path: 'a.md' })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  t.equal(line, '{"kind":"reconcile","tenant":"acme","path":"a.md"} 1')

  const stop = new AbortController()
  const handled = Promise.withResolvers<JobContext>()
  const ended = queue.consume(
    async (_, context) => {
      handled.resolve(context)
      return { done: true }
    },
    { concurrency: 2, signal: stop.signal },
  )
  const died = performance.now()
  child.kill('SIGKILL')
  const { receives } = await handled.promise
  t.equal(receives, 2, 'the lost delivery is counted')
  t.ok(performance.now() - died < limits.visibilityMs + 10_000, 'soon after it became visible')
  stop.abort()
  await ended
  t.match(await queue.depth(), { visible: 0, held: 0, dead: 0 })
})
