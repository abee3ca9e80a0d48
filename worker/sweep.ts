import type { WorkerDeps } from './deps.ts'

/** Documents that one sweep sends again at most. */
const maxSent = 1000
/** While the oldest message waits longer than this the queue is busy enough. */
const oldQueueMs = 120_000
/** A document that was sent again is left alone this long. */
const againMs = 60_000

/** Sends again what waited too long and what an expired lease left behind. Gives how many documents it sent. */
export async function sweep(deps: WorkerDeps): Promise<number> {
  const { documents, queue } = deps.ports
  if (!(await documents.lease('sweep', deps.holder, deps.settings.leaseMs))) return 0
  const { oldestAgeMs } = await queue.depth()
  if (oldestAgeMs > oldQueueMs) {
    deps.logger.info({ oldestAgeMs }, 'sweep pauses: the queue is old')
    return 0
  }
  const due = await documents.due(maxSent)
  for (const record of due) {
    await queue.send({ kind: 'reconcile', tenant: record.tenant, path: record.path })
    await documents.postpone(record, deps.clock() + againMs)
  }
  if (due.length > 0) deps.logger.info({ sent: due.length }, 'sweep sent documents again')
  return due.length
}
