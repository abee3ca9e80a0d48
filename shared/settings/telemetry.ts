import { decimal, integer, minute, oneOf, pairs, type Setting, secret, someOf, text, url } from './kinds.ts'

/** Metrics, traces and the log. */
export const telemetrySettings = {
  METRICS: someOf(
    'Where metrics go, with commas between them; prometheus: GET /metrics, emf: lines in the log for CloudWatch',
    'none',
    'none',
    'prometheus',
    'otlp',
    'emf',
  ),
  METRICS_EVERY_MS: integer('How often metrics are sent or written', minute, 100, 60 * minute),
  METRICS_ACCESS: oneOf('Who may read GET /metrics: keys with the scope admin, or everyone', 'admin', 'admin', 'open'),
  METRICS_NAMESPACE: text('Namespace of the metrics in CloudWatch', 'KASS'),
  WORKER_METRICS_HOST: text('Address on which the worker answers GET /metrics (METRICS=prometheus)', '127.0.0.1'),
  WORKER_METRICS_PORT: integer('Port on which it does; 0 takes a free one', 9464, 0, 65_535),
  TRACES: oneOf('Where traces go', 'none', 'none', 'otlp'),
  TRACES_RATIO: decimal(
    'Share of the traces that are recorded; one that a caller began (traceparent) is recorded when the caller does',
    0.1,
    0,
    1,
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('Collector of traces and metrics, by OTLP over HTTP', 'http://127.0.0.1:4318'),
  OTEL_EXPORTER_OTLP_HEADERS: secretPairs('Headers for it, as name=value with commas between them'),
  OTEL_RESOURCE_ATTRIBUTES: pairs('What else is said of this process, for example deployment.environment.name=staging'),
  SLOW_REQUEST_MS: integer(
    'Above this time a request is logged with the time of each stage; 0: never',
    10_000,
    0,
    60 * minute,
  ),
} as const satisfies Record<string, Setting<unknown>>

function secretPairs(about: string): Setting<Readonly<Record<string, string>>> {
  return { ...pairs(about), secret: secret(about).secret }
}
