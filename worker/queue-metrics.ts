import type { WorkerDeps } from './deps.ts'

const states = ['visible', 'delayed', 'held', 'dead'] as const

/** Looks at the queue whenever metrics are read. While it does not answer, nothing is said of it. */
export function measureQueue({ ports, telemetry, logger }: WorkerDeps): void {
  const { meter } = telemetry
  meter.onRead(async () => {
    try {
      const depth = await ports.queue.depth()
      for (const queue_state of states) meter.set('kass.queue.depth', { queue_state }, depth[queue_state])
      meter.set('kass.queue.oldest_age', {}, depth.oldestAgeMs / 1000)
    } catch (error) {
      for (const queue_state of states) meter.set('kass.queue.depth', { queue_state }, Number.NaN)
      meter.set('kass.queue.oldest_age', {}, Number.NaN)
      logger.warn({ err: error }, 'the queue could not be measured')
    }
  })
}
