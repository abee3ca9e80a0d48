import type { Scope, Span, SpanOptions } from './scope.ts'
import { isAmong, newTraceId, parseTraceparent, type TraceContext, traceparentOf } from './trace-context.ts'

/** Begins traces, or goes on with them. */
export interface Tracer {
  /** Share of the traces that begin here which are recorded. */
  readonly ratio: number
  /** @param from the trace's id, and its span when it began elsewhere */
  start(name: string, from: { traceId: string; parent?: TraceContext }, options: SpanOptions): Span
  /** Sends what is left. */
  close(): Promise<void>
}

/** Records nothing, and costs nothing. */
export const silentTracer: Tracer = {
  ratio: 0,
  start() {
    throw new Error('no trace is recorded')
  },
  close: async () => {},
}

/**
 * What a request or a job is while it is under way. A trace that began elsewhere goes on, recorded or not as it was
 * there; of those that begin here a share is recorded. The others have an id only, for the log.
 */
export function beginScope(
  tracer: Tracer,
  about: { requestId: string; traceparent?: unknown; span(): { name: string } & SpanOptions },
): Scope {
  const parent = parseTraceparent(about.traceparent)
  const scope: Scope = {
    requestId: about.requestId,
    traceId: parent?.traceId ?? newTraceId(),
    stages: {},
    span: undefined,
    unrecorded: undefined,
  }
  if (tracer !== silentTracer) record(tracer, scope, parent, about.span)
  return scope
}

/**
 * The same for work that learns only while it is done to which trace it belongs: `decideTrace` says so. Its span begins
 * where the work began.
 */
export function beginUndecided(
  tracer: Tracer,
  about: { requestId: string; startedAt: number; span(): { name: string } & SpanOptions },
): Scope {
  const { requestId, startedAt } = about
  const scope: Scope = { requestId, traceId: newTraceId(), stages: {}, span: undefined, unrecorded: undefined }
  if (tracer === silentTracer) return scope
  scope.decide = (traceparent) => {
    const parent = parseTraceparent(traceparent)
    if (parent) scope.traceId = parent.traceId
    record(tracer, scope, parent, () => ({ startedAt, ...about.span() }))
  }
  return scope
}

function record(
  tracer: Tracer,
  scope: Scope,
  parent: TraceContext | undefined,
  about: () => { name: string } & SpanOptions,
): void {
  const { traceId } = scope
  if (parent ? parent.sampled : isAmong(tracer.ratio, traceId)) {
    const { name, ...options } = about()
    scope.span = tracer.start(name, { traceId, ...(parent && { parent }) }, options)
  } else {
    scope.unrecorded = traceparentOf({ traceId, spanId: traceId.slice(0, 16), sampled: false })
  }
}
