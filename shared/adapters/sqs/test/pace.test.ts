import { test } from 'tap'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createPace } from '../pace.ts'

function afterJobs(ms: number, count: number) {
  const clock = createTestClock()
  const pace = createPace(4, clock)
  for (let n = 0; n < count; n++) {
    const job = {}
    pace.began(job)
    clock.advance(ms)
    pace.ended(job)
  }
  return { pace, clock }
}

test('a look may last as long as two jobs, which one quick job alone does not decide', async (t) => {
  t.equal(afterJobs(0, 0).pace.lookMs(), 2000)
  t.ok(afterJobs(10, 1).pace.lookMs() > 1500)
  t.ok(afterJobs(10, 50).pace.lookMs() < 25)
  t.equal(afterJobs(60_000, 5).pace.lookMs(), 2000, 'and no longer than two seconds')
})

test('a backlog is spread over half of the time that all workers need for it', async (t) => {
  const { pace } = afterJobs(1000, 50)
  t.equal(Math.round(pace.spreadMs({ waiting: 400, others: 0 })), 50_000)
  t.equal(Math.round(pace.spreadMs({ waiting: 400, others: 12 })), 12_500)
  t.equal(pace.spreadMs({ waiting: 1_000_000, others: 0 }), 300_000, 'five minutes at most')
  t.equal(afterJobs(0, 0).pace.spreadMs({ waiting: 400, others: 0 }), 0, 'nothing is known yet')
})

test('what is kept at hand is what the places use up soon', async (t) => {
  t.equal(afterJobs(10_000, 20).pace.keptWhenFull(), 0)
  t.equal(afterJobs(100, 50).pace.keptWhenFull(), 40)
  t.equal(afterJobs(100, 50).pace.kept(), 80)
  t.equal(afterJobs(10_000, 20).pace.kept(), 32)
  t.equal(afterJobs(0, 0).pace.kept(), 500)
})

test('jobs that still run count as what they have taken so far', async (t) => {
  const { pace, clock } = afterJobs(100, 50)
  pace.began({})
  clock.advance(20_000)
  t.equal(pace.keptWhenFull(), 0)
})
