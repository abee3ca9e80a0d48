import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { type CollectedSpan, type Collector, orphans } from './otlp-collector.ts'

/** Words that stand in the document, the question or the answer, and may stand in no trace. */
export const privateWords = /northcape|lighthouse|keeper|lindqvist/i
export const handbook =
  '# Northcape\n\nThe lighthouse keeper of Northcape is called Astrid Lindqvist, and serves since 1987.\n'
export const question = 'Who is the lighthouse keeper of Northcape?'

/** The settings of processes whose traces all go to a collector. */
export function tracedBy(collector: Collector): Record<string, string> {
  return { MAX_EVENT_LOOP_DELAY_MS: '0', TRACES: 'otlp', TRACES_RATIO: '1', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
}

/** A trace as a caller begins it. */
export function beginTrace(): { traceId: string; spanId: string; headers: { traceparent: string } } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } }
}

type Begun = ReturnType<typeof beginTrace>

/**
 * What must hold of a trace once everything was sent: all of it hangs together below one span, which is the child of the
 * caller's. Gives its spans.
 */
export function requireTrace(t: Test, collector: Collector, begun: Begun, root: string): CollectedSpan[] {
  const spans = collector.spans.filter(({ traceId }) => traceId === begun.traceId)
  t.same(orphans(spans, [begun.spanId]), [], `${root}: no span without its parent`)
  const first = spans.filter(({ parentSpanId }) => parentSpanId === begun.spanId)
  t.same(
    first.map(({ name }) => name),
    [root],
    `${root}: one span goes on with the caller's`,
  )
  const wrong = spans.filter(({ startedAt, endedAt }) => endedAt < startedAt)
  t.same(wrong, [], 'no span ends before it begins')
  return spans
}

/** The services that have spans of a name. */
export function servicesOf(spans: readonly CollectedSpan[], name: string): string[] {
  return [...new Set(spans.filter((span) => span.name === name).map((span) => span.service))]
}

/** The attributes of the first span of a name. */
export function attributesOf(
  spans: readonly CollectedSpan[],
  name: string | RegExp,
): CollectedSpan['attributes'] | undefined {
  return spans.find((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)))?.attributes
}
