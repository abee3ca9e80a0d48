import {
  type Attributes,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { OtlpOptions } from './otlp.ts'
import type { Span, SpanAttributes, SpanOptions } from './scope.ts'
import { traceparentOf } from './trace-context.ts'
import type { Tracer } from './tracer.ts'

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

/** Traces to a collector by OTLP over HTTP. Who records decides before a span exists, so everything here is recorded. */
export function createOtlpTracer(options: OtlpOptions & { ratio: number }): Tracer {
  const ids = new RandomIdGenerator()
  let nextTraceId = ''
  const provider = new TracerProvider({
    resource: resourceFromAttributes(options.resource),
    sampler: new AlwaysOnSampler(),
    // Asked once for each new trace, at once: the id is the one that the log has.
    idGenerator: { generateTraceId: () => nextTraceId, generateSpanId: () => ids.generateSpanId() },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(
          new OTLPTraceExporter({ url: `${options.endpoint}/v1/traces`, headers: { ...options.headers } }),
          options.onOutcome,
        ),
        scheduledDelayMillis: options.delayMs,
        maxQueueSize: 8192,
      }),
    ],
  })
  const tracer = provider.getTracer('kass')

  function open(name: string, { kind = 'internal', attributes = {}, startedAt }: SpanOptions, context = ROOT_CONTEXT) {
    const span = tracer.startSpan(
      name,
      { kind: kinds[kind], attributes: known(attributes), ...(startedAt !== undefined && { startTime: startedAt }) },
      context,
    )
    return wrap(span)
  }

  function wrap(span: OtelSpan): Span {
    const { traceId, spanId } = span.spanContext()
    return {
      traceparent: traceparentOf({ traceId, spanId, sampled: true }),
      child: (name, about = {}) => open(name, about, trace.setSpan(ROOT_CONTEXT, span)),
      set: (attributes) => void span.setAttributes(known(attributes)),
      rename: (name) => void span.updateName(name),
      fail(type) {
        span.setAttribute('error.type', type)
        span.setStatus({ code: SpanStatusCode.ERROR })
      },
      end: () => span.end(),
    }
  }

  return {
    ratio: options.ratio,
    start(name, { traceId, parent }, about) {
      nextTraceId = traceId
      if (!parent) return open(name, about)
      const remote = { traceId, spanId: parent.spanId, traceFlags: 1, isRemote: true }
      return open(name, about, trace.setSpanContext(ROOT_CONTEXT, remote))
    },
    close: () => provider.shutdown(),
  }
}

/** The SDK itself says nothing of traces that nobody took. */
function telling(exporter: SpanExporter, onOutcome: OtlpOptions['onOutcome']): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        onOutcome(result.code === 0 ? undefined : (result.error ?? new Error('the collector did not take them')))
        done(result)
      })
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}

function known(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}
