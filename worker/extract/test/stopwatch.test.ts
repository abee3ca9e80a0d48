import { mock } from 'node:test'
import { test } from 'tap'
import { createStopwatch } from '../stopwatch.ts'

test('only the time in which it runs counts, and it expires once', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let now = 0
  const pass = (ms: number) => {
    now += ms
    mock.timers.tick(ms)
  }
  let expired = 0
  const watch = createStopwatch(
    100,
    () => expired++,
    () => now,
  )
  pass(1000)
  watch.resume()
  pass(60)
  watch.pause()
  pass(1000)
  watch.resume()
  watch.resume()
  pass(39)
  t.equal(expired, 0)
  pass(1)
  t.equal(expired, 1)
  pass(1000)
  t.equal(expired, 1)
  t.end()
})
