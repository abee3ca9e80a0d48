/**
 * Loaded into KASS's processes by the bench (`node --import`): measures the delay of the API's event loop, as its timers
 * see it, and writes it down when SIGUSR2 comes. KASS itself has no part in it.
 */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const file = process.env.BENCH_LOOP_FILE
if (isMainThread && file !== undefined && process.argv[1]?.endsWith('server.ts')) {
  const resolution = 1
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  process.on('SIGUSR2', () => {
    // The histogram holds the whole time between two ticks; only what is longer than a tick is delay.
    const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution)
    const figures = {
      p50: ms(delays.percentile(50)),
      p99: ms(delays.percentile(99)),
      max: ms(delays.max),
      count: delays.count,
    }
    delays.reset()
    writeFileSync(file, JSON.stringify(figures))
  })
}
