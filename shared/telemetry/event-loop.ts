import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from './meter.ts'

/** How often the loop is looked at; so late is every look, which is taken off. */
const resolutionMs = 10

/** Tells how late the event loop of this process is, since the last time that somebody read it. Gives what ends it. */
export function watchEventLoop(meter: Meter, process: 'api' | 'worker'): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
  meter.onRead(() => {
    meter.set('nodejs.eventloop.delay.p99', { process }, seconds(delay.percentile(99)))
    meter.set('nodejs.eventloop.delay.max', { process }, seconds(delay.max))
    delay.reset()
  })
  return () => delay.disable()
}
