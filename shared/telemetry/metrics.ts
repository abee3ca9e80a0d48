/**
 * The one table of metrics. Code records by it (an unknown name or label does not compile), docs/metrics.md is printed
 * from it, dashboards and alarms are made from it. It imports nothing, so that anything may import it.
 */

/** The namespace of the metrics in CloudWatch, unless METRICS_NAMESPACE says another. */
export const metricNamespace = 'KASS'

/** What takes the place of a value of a bounded label when `max` others were seen before it. */
export const otherValue = 'other'

/**
 * Labels. `values`: a closed set, anything else is a mistake and becomes `other`. `max`: a bounded one; the process
 * takes so many different values, each of what `bound` says, and calls every further one `other`.
 * `attribute` is its name in OpenTelemetry, `dimension` in CloudWatch; in Prometheus it is the key itself.
 */
export const metricLabels = {
  route: {
    attribute: 'http.route',
    dimension: 'Route',
    about: 'Pattern of the route, never the address; `none` where nothing is at the address',
    bound: 'the routes of the API',
    max: 64,
  },
  method: {
    attribute: 'http.request.method',
    dimension: 'Method',
    about: 'HTTP method',
    values: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'],
  },
  status: {
    attribute: 'kass.status_class',
    dimension: 'Status',
    about: 'Class of the HTTP status; `aborted` when the client left first',
    values: ['1xx', '2xx', '3xx', '4xx', '5xx', 'aborted'],
  },
  code: {
    attribute: 'error.type',
    dimension: 'Code',
    about: 'Code of the error',
    bound: 'the codes of shared/errors.ts',
    max: 100,
  },
  model: {
    attribute: 'gen_ai.request.model',
    dimension: 'Model',
    about: 'Id of the model',
    bound: 'the models that the configuration names',
    max: 16,
  },
  operation: {
    attribute: 'gen_ai.operation.name',
    dimension: 'Operation',
    about: 'What the model was asked to do',
    values: ['chat', 'embeddings', 'rerank'],
  },
  call_outcome: {
    attribute: 'kass.outcome',
    dimension: 'Outcome',
    about: 'How the call ended; `left` when its caller went away',
    values: ['ok', 'left', 'throttled', 'unavailable', 'timeout', 'refused', 'failed'],
  },
  tokens: {
    attribute: 'gen_ai.token.type',
    dimension: 'TokenType',
    about: 'Kind of the tokens; those of the cache are part of the input',
    values: ['input', 'output', 'cache_read', 'cache_write'],
  },
  upstream: {
    attribute: 'peer.service',
    dimension: 'Upstream',
    about:
      'Service that is called: `s3`, `sqs`, `dynamodb`, `opensearch`, `bedrock`, or a model behind a breaker of its own',
    bound: 'the services and models that the configuration names',
    max: 16,
  },
  cache: {
    attribute: 'kass.cache.result',
    dimension: 'Result',
    about: 'What the look into the cache gave',
    values: ['hit', 'miss'],
  },
  queue_state: {
    attribute: 'kass.queue.state',
    dimension: 'State',
    about: 'Where the messages are',
    values: ['visible', 'delayed', 'held', 'dead'],
  },
  ingest_outcome: {
    attribute: 'kass.ingest.outcome',
    dimension: 'Outcome',
    about: 'How one processing of a document ended; `retried`: it failed and is tried again later',
    values: ['ready', 'failed', 'retried', 'gone'],
  },
  format: {
    attribute: 'kass.document.format',
    dimension: 'Format',
    about: 'Format of the document; `unknown` where nobody could tell',
    values: ['pdf', 'xlsx', 'csv', 'markdown', 'html', 'text', 'unknown'],
  },
  stage: {
    attribute: 'kass.search.stage',
    dimension: 'Stage',
    about: 'Step of a search: vector of the query, index, check against the records, texts, reranker, or all of it',
    values: ['embed', 'index', 'admit', 'read', 'rerank', 'total'],
  },
  disagreement: {
    attribute: 'kass.disagreement',
    dimension: 'Kind',
    about: 'What does not agree',
    values: [
      'object_without_record',
      'record_without_object',
      'stale',
      'deleted_object_left',
      'wrong_count',
      'orphaned_attempt',
    ],
  },
  process: {
    attribute: 'kass.process',
    dimension: 'Process',
    about: 'Which of the two processes',
    values: ['api', 'worker'],
  },
} as const satisfies Record<string, MetricLabel>

/**
 * The metrics, by their names in OpenTelemetry. In Prometheus dots are underscores, with the unit and, for counters,
 * `_total` at the end. In CloudWatch a metric is there once for each set of dimensions (`[]`: all of it together).
 */
export const metrics = {
  'kass.http.requests': {
    kind: 'counter',
    unit: '{request}',
    about: 'Requests that ended, however they ended',
    labels: ['route', 'method', 'status'],
    cloudwatch: { name: 'Requests', unit: 'Count', dimensions: [[], ['route'], ['status']] },
  },
  'kass.http.errors': {
    kind: 'counter',
    unit: '{error}',
    about: 'Requests that ended by a fault on our side: a status of 500 or more, or an `error` event in a stream',
    labels: ['route', 'code'],
    cloudwatch: { name: 'Errors', unit: 'Count', dimensions: [[], ['route'], ['code']] },
    alarm: {
      about: 'More than 10 requests failed in 5 minutes',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      periodSeconds: 300,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'http.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'Time from the head of a request to the end of its answer',
    labels: ['route', 'method', 'status'],
    cloudwatch: { name: 'RequestDuration', unit: 'Seconds', dimensions: [[], ['route']] },
    alarm: {
      about: 'One search in twenty takes longer than 2 seconds, for 15 minutes',
      dimensions: { route: '/search' },
      statistic: 'p95',
      comparison: 'GreaterThanThreshold',
      threshold: 2,
      periodSeconds: 300,
      periods: 3,
      missing: 'notBreaching',
    },
  },
  'kass.chat.first_token.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'Time from the head of a request to the first word of its answer',
    labels: ['route'],
    cloudwatch: { name: 'FirstToken', unit: 'Seconds', dimensions: [['route']] },
    alarm: {
      about: 'One answer in twenty begins later than 10 seconds, for 15 minutes',
      dimensions: { route: '/chat' },
      statistic: 'p95',
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      periodSeconds: 300,
      periods: 3,
      missing: 'notBreaching',
    },
  },
  'kass.model.calls': {
    kind: 'counter',
    unit: '{call}',
    about: 'Calls of models that ended',
    labels: ['model', 'operation', 'call_outcome'],
    cloudwatch: { name: 'ModelCalls', unit: 'Count', dimensions: [[], ['model'], ['call_outcome']] },
  },
  'gen_ai.client.operation.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'Time of one call of a model, until its last word',
    labels: ['model', 'operation'],
    cloudwatch: { name: 'ModelDuration', unit: 'Seconds', dimensions: [['model', 'operation']] },
  },
  'kass.model.tokens': {
    kind: 'counter',
    unit: '{token}',
    about: 'Tokens that models read and wrote; estimated where the model does not say',
    labels: ['model', 'operation', 'tokens'],
    cloudwatch: { name: 'Tokens', unit: 'Count', dimensions: [['tokens'], ['model', 'tokens']] },
  },
  'kass.model.cost': {
    kind: 'counter',
    unit: 'USD',
    about: 'What calls of models cost by list price, where a price is known',
    labels: ['model', 'operation'],
    cloudwatch: { name: 'Cost', unit: 'None', dimensions: [[], ['model']] },
    alarm: {
      about: 'Models cost more than 20 USD in an hour',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 20,
      periodSeconds: 3600,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'kass.model.throttles': {
    kind: 'counter',
    unit: '{call}',
    about: 'Calls that a model refused because it had too much to do, the tries of the SDK behind them',
    labels: ['model', 'operation'],
    cloudwatch: { name: 'Throttles', unit: 'Count', dimensions: [[], ['model']] },
    alarm: {
      about: 'Models throttled more than 20 calls in each of three periods of 5 minutes',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 20,
      periodSeconds: 300,
      periods: 3,
      missing: 'notBreaching',
    },
  },
  'kass.upstream.breaker.state': {
    kind: 'gauge',
    unit: '1',
    about: 'State of the circuit breaker around an upstream: 0 closed, 1 one call is let through to try, 2 open',
    labels: ['upstream'],
    cloudwatch: { name: 'BreakerState', unit: 'None', dimensions: [[], ['upstream']] },
    alarm: {
      about: 'A breaker was open in each of three minutes',
      statistic: 'Maximum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 2,
      periodSeconds: 60,
      periods: 3,
      missing: 'notBreaching',
    },
  },
  'kass.upstream.retries': {
    kind: 'counter',
    unit: '{try}',
    about: 'Tries of calls to upstreams beyond the first one',
    labels: ['upstream'],
    cloudwatch: { name: 'Retries', unit: 'Count', dimensions: [[], ['upstream']] },
  },
  'kass.cache.requests': {
    kind: 'counter',
    unit: '{request}',
    about: 'Questions that were looked for among the kept answers',
    labels: ['cache'],
    cloudwatch: { name: 'CacheRequests', unit: 'Count', dimensions: [['cache']] },
  },
  'kass.search.stage.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'Time of one step of a search',
    labels: ['stage'],
    cloudwatch: { name: 'SearchStage', unit: 'Seconds', dimensions: [['stage']] },
  },
  'kass.queue.depth': {
    kind: 'gauge',
    unit: '{message}',
    about: 'Messages of the queue; `dead`: the dead letters',
    labels: ['queue_state'],
    cloudwatch: { name: 'QueueDepth', unit: 'Count', dimensions: [['queue_state']] },
    alarm: {
      about: 'A message became a dead letter',
      dimensions: { queue_state: 'dead' },
      statistic: 'Maximum',
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      periodSeconds: 300,
      periods: 1,
      missing: 'ignore',
    },
  },
  'kass.queue.oldest_age': {
    kind: 'gauge',
    unit: 's',
    about: 'How long the oldest message that could be handed out has been waiting',
    labels: [],
    cloudwatch: { name: 'QueueOldestAge', unit: 'Seconds', dimensions: [[]] },
    alarm: {
      about: 'Documents wait longer than 10 minutes, or no worker says how long',
      statistic: 'Maximum',
      comparison: 'GreaterThanThreshold',
      threshold: 600,
      periodSeconds: 300,
      periods: 2,
      missing: 'breaching',
    },
  },
  'kass.ingest.documents': {
    kind: 'counter',
    unit: '{document}',
    about: 'Processings of documents that ended',
    labels: ['ingest_outcome', 'format'],
    cloudwatch: { name: 'Documents', unit: 'Count', dimensions: [['ingest_outcome'], ['ingest_outcome', 'format']] },
    alarm: {
      about: 'More than 20 documents failed for good in an hour',
      dimensions: { ingest_outcome: 'failed' },
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 20,
      periodSeconds: 3600,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'kass.ingest.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'Time of one processing of a document: read, chunk, embed, put',
    labels: ['format'],
    cloudwatch: { name: 'IngestDuration', unit: 'Seconds', dimensions: [[], ['format']] },
  },
  'kass.ingest.units': {
    kind: 'counter',
    unit: '{unit}',
    about: 'Rows, pages or paragraphs that were read and indexed',
    labels: ['format'],
    cloudwatch: { name: 'UnitsIndexed', unit: 'Count', dimensions: [[], ['format']] },
  },
  'kass.ingest.units_rejected': {
    kind: 'counter',
    unit: '{unit}',
    about: 'Rows, pages or paragraphs that were read but could not be indexed',
    labels: ['format'],
    cloudwatch: { name: 'UnitsRejected', unit: 'Count', dimensions: [[], ['format']] },
    alarm: {
      about: 'More than 1,000 units were rejected in an hour',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 1000,
      periodSeconds: 3600,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'kass.lease.lost': {
    kind: 'counter',
    unit: '{lease}',
    about: 'Claims on documents that a worker lost while it worked on them, those voided by a deletion included',
    labels: [],
    cloudwatch: { name: 'LeasesLost', unit: 'Count', dimensions: [[]] },
    alarm: {
      about: 'More than 10 claims were lost in 15 minutes',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      periodSeconds: 900,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'kass.compare.disagreements': {
    kind: 'counter',
    unit: '{disagreement}',
    about: 'Disagreements between objects, records and index that comparisons found',
    labels: ['disagreement'],
    cloudwatch: { name: 'Disagreements', unit: 'Count', dimensions: [[], ['disagreement']] },
    alarm: {
      about: 'Comparisons found more than 20 disagreements in an hour',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 20,
      periodSeconds: 3600,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'kass.compare.stopped': {
    kind: 'counter',
    unit: '{comparison}',
    about: 'Comparisons that did nothing because so many objects are missing that the bucket may be the wrong one',
    labels: [],
    cloudwatch: { name: 'ComparisonsStopped', unit: 'Count', dimensions: [[]] },
    alarm: {
      about: 'A comparison was stopped',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      periodSeconds: 300,
      periods: 1,
      missing: 'notBreaching',
    },
  },
  'nodejs.eventloop.delay.p99': {
    kind: 'gauge',
    unit: 's',
    about: 'How late the event loop was, at the 99th percentile since the last time it was told',
    labels: ['process'],
    cloudwatch: { name: 'EventLoopDelay', unit: 'Seconds', dimensions: [['process']] },
    alarm: {
      about: 'The event loop of the API is later than 200 ms, for 5 minutes',
      dimensions: { process: 'api' },
      statistic: 'Maximum',
      comparison: 'GreaterThanThreshold',
      threshold: 0.2,
      periodSeconds: 60,
      periods: 5,
      missing: 'notBreaching',
    },
  },
  'nodejs.eventloop.delay.max': {
    kind: 'gauge',
    unit: 's',
    about: 'The longest delay of the event loop since the last time it was told',
    labels: ['process'],
    cloudwatch: { name: 'EventLoopDelayMax', unit: 'Seconds', dimensions: [['process']] },
  },
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof metrics
export type MetricKind = 'counter' | 'histogram' | 'gauge'
export type LabelName = keyof typeof metricLabels

/** The names of one kind. */
export type NameOf<K extends MetricKind> = {
  [N in MetricName]: (typeof metrics)[N]['kind'] extends K ? N : never
}[MetricName]

/** What one label may be: its closed set, or text where it is bounded. */
export type LabelValue<L extends LabelName> = (typeof metricLabels)[L] extends {
  values: readonly (infer V extends string)[]
}
  ? V
  : string

/** Exactly the labels of one metric. */
export type LabelsOf<N extends MetricName> = { [L in (typeof metrics)[N]['labels'][number]]: LabelValue<L> }

export type MetricLabel = {
  attribute: string
  dimension: string
  about: string
} & ({ values: readonly string[] } | { bound: string; max: number })

/** When to wake somebody up. A suggestion: whoever runs KASS knows better what is usual. The runbook: `runbookOf`. */
export interface MetricAlarm {
  about: string
  /** Of which dimensions; all together when left out. One of the sets of `cloudwatch.dimensions`. */
  dimensions?: Readonly<Partial<Record<string, string>>>
  statistic: 'Sum' | 'Maximum' | 'p95'
  comparison: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold'
  threshold: number
  periodSeconds: number
  /** How many periods in a row. */
  periods: number
  /** What it means when nothing is reported. */
  missing: 'notBreaching' | 'breaching' | 'ignore'
}

export interface MetricDefinition {
  kind: MetricKind
  /** As OpenTelemetry writes it (UCUM). */
  unit: string
  about: string
  labels: readonly string[]
  cloudwatch: { name: string; unit: 'Count' | 'Seconds' | 'None'; dimensions: readonly (readonly string[])[] }
  alarm?: MetricAlarm
}

/** The page that says what to do when the metric alarms. */
export function runbookOf(name: MetricName): string {
  return `docs/runbooks/${name}.md`
}
