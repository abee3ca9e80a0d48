import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { jobQueueContract } from '../../../test/contracts/job-queue.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createSqliteQueue } from '../queue.ts'
import { openConnections } from './open.ts'

const stepMs = 20

jobQueueContract('sqlite', async (t) => {
  const clock = createTestClock()
  // Polls and signs of life are intervals: with them in hand, no time has to pass for real.
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { connect, dbs } = openConnections(t, 0)
  const options = { visibilityMs: 3000, maxReceives: 4, clock }
  const [queue, other] = [createSqliteQueue(connect(), options), createSqliteQueue(connect(), options)]
  return {
    queue,
    other,
    ...options,
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs)
        mock.timers.tick(stepMs)
        await turn()
      }
    },
    async sendRaw(body) {
      dbs[0]
        ?.sql("INSERT INTO jobs (tenant, about, body, state, visible_at) VALUES ('acme', ?1, ?1, 0, ?2)")
        .run(body, clock())
    },
  }
})
