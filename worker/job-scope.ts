import { documentId } from '../shared/documents/identity.ts'
import type { Job } from '../shared/documents/job.ts'
import type { JobOutcome } from '../shared/ports/job-queue.ts'
import { errorType, runIn, type Scope } from '../shared/telemetry/scope.ts'
import { newTraceId } from '../shared/telemetry/trace-context.ts'
import { beginScope, beginUndecided } from '../shared/telemetry/tracer.ts'
import type { WorkerDeps } from './deps.ts'

/**
 * A job goes on with the trace that its message tells of. An event of a bucket tells of none; then the trace that the
 * upload left with the object is gone on with, as soon as it is seen. Schedules belong to no trace, nor does what they send.
 */
function scopeOf({ telemetry, newId }: WorkerDeps, job: Job): Scope {
  const requestId = newId()
  if (job.kind !== 'reconcile') {
    return { requestId, traceId: newTraceId(), stages: {}, span: undefined, unrecorded: undefined }
  }
  const span = () => ({
    name: 'process reconcile',
    kind: 'consumer' as const,
    attributes: {
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'kass.request_id': requestId,
      'kass.document_id': documentId(job),
    },
  })
  const { traceparent } = job
  if (traceparent !== undefined) return beginScope(telemetry.tracer, { requestId, traceparent, span })
  return beginUndecided(telemetry.tracer, { requestId, startedAt: Date.now(), span })
}

/** Handles a job as one thing that the log and traces know, with one line about it when it has ended. */
export function inJobScope(deps: WorkerDeps, job: Job, work: () => Promise<JobOutcome>): Promise<JobOutcome> {
  const scope = scopeOf(deps, job)
  const begun = performance.now()
  const about = job.kind === 'reconcile' ? { tenant: job.tenant, documentId: documentId(job) } : {}
  const tell = (status: string) => {
    const latency = Math.round((performance.now() - begun) * 10) / 10
    deps.logger.info({ latency, route: job.kind, status, ...about }, 'job')
  }
  return runIn(scope, async () => {
    try {
      const outcome = await work()
      const status = 'done' in outcome ? 'done' : 'retry'
      scope.span?.set({ 'kass.outcome': status })
      tell(status)
      return outcome
    } catch (error) {
      scope.span?.fail(errorType(error))
      tell('failed')
      throw error
    } finally {
      scope.span?.end()
    }
  })
}
