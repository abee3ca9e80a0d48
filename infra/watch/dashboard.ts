import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { StackConfig } from '../config.ts'
import type { Search } from '../search/search.ts'
import type { Watched } from './alarm-list.ts'
import { publishedMetric, queueMetric, type Series } from './published.ts'
import { ownMetric } from './series.ts'

export type Line = Series & { stat: string; label?: string }
export interface Widget {
  title: string
  lines: readonly Line[]
}

const line = (series: Series, stat: string, label?: string): Line => ({ ...series, stat, ...(label && { label }) })

/** What the dashboard shows, in this order. */
export function widgetsOf(
  config: StackConfig,
  watched: Watched,
  search: Pick<Search, 'service' | 'dimensions'>,
): Widget[] {
  const entry = { LoadBalancer: watched.balancer }
  return [
    {
      title: 'Requests and errors',
      lines: [
        line(ownMetric(config, 'kass.http.requests'), 'Sum', 'requests'),
        line(ownMetric(config, 'kass.http.errors'), 'Sum', 'errors'),
        line(publishedMetric('AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', entry), 'Sum', 'load balancer 5xx'),
      ],
    },
    {
      title: 'Latency',
      lines: ['p50', 'p99'].flatMap((stat) => [
        line(ownMetric(config, 'http.server.request.duration', { route: '/search' }), stat, `search ${stat}`),
        line(ownMetric(config, 'http.server.request.duration', { route: '/chat' }), stat, `chat ${stat}`),
      ]),
    },
    {
      title: 'First word of an answer',
      lines: ['p50', 'p95'].map((stat) =>
        line(ownMetric(config, 'kass.chat.first_token.duration', { route: '/chat' }), stat, stat),
      ),
    },
    {
      title: 'Tokens and cost by model',
      lines: [
        line(ownMetric(config, 'kass.model.cost'), 'Sum', 'USD'),
        ...watched.models.flatMap((model) => [
          line(publishedMetric('AWS/Bedrock', 'InputTokenCount', { ModelId: model }), 'Sum', `${model} in`),
          line(publishedMetric('AWS/Bedrock', 'OutputTokenCount', { ModelId: model }), 'Sum', `${model} out`),
        ]),
      ],
    },
    {
      title: 'Cached answers, throttles, breakers',
      lines: [
        line(ownMetric(config, 'kass.cache.requests', { cache: 'hit' }), 'Sum', 'hits'),
        line(ownMetric(config, 'kass.cache.requests', { cache: 'miss' }), 'Sum', 'misses'),
        line(ownMetric(config, 'kass.model.throttles'), 'Sum', 'throttled'),
        line(ownMetric(config, 'kass.upstream.breaker.state'), 'Maximum', 'worst breaker'),
      ],
    },
    {
      title: 'Queue',
      lines: [
        line(queueMetric('ApproximateAgeOfOldestMessage', watched.queues.ingest), 'Maximum', 'oldest, s'),
        line(queueMetric('ApproximateNumberOfMessagesVisible', watched.queues.ingest), 'Maximum', 'visible'),
        line(queueMetric('ApproximateNumberOfMessagesDelayed', watched.queues.ingest), 'Maximum', 'delayed'),
        line(queueMetric('ApproximateNumberOfMessagesVisible', watched.queues.deadLetters), 'Maximum', 'dead letters'),
      ],
    },
    {
      title: 'Ingestion',
      lines: (['ready', 'failed', 'retried', 'gone'] as const).map((outcome) =>
        line(ownMetric(config, 'kass.ingest.documents', { ingest_outcome: outcome }), 'Sum', outcome),
      ),
    },
    { title: 'OpenSearch', lines: searchLines(search) },
    { title: 'DynamoDB, units and throttles', lines: Object.values(watched.tables).flatMap(tableLines) },
    {
      title: 'Tasks, percent',
      lines: (['api', 'worker'] as const).flatMap((service) =>
        (['CPUUtilization', 'MemoryUtilization'] as const).map((metric) => {
          const where = { ClusterName: watched.cluster, ServiceName: watched.services[service] }
          return line(publishedMetric('AWS/ECS', metric, where), 'Average', `${service} ${metric}`)
        }),
      ),
    },
  ]
}

function searchLines({ service, dimensions }: Pick<Search, 'service' | 'dimensions'>): Line[] {
  if (service === 'es') {
    return [
      line(publishedMetric('AWS/ES', 'SearchLatency', dimensions), 'Average', 'latency, ms'),
      line(publishedMetric('AWS/ES', 'IndexingRate', dimensions), 'Average', 'indexed a minute'),
      line(publishedMetric('AWS/ES', 'JVMMemoryPressure', dimensions), 'Maximum', 'memory, percent'),
    ]
  }
  return [
    line(publishedMetric('AWS/AOSS', 'SearchRequestLatency', dimensions), 'Average', 'latency, ms'),
    line(publishedMetric('AWS/AOSS', 'IngestionDocumentRate', dimensions), 'Sum', 'indexed'),
    line(publishedMetric('AWS/AOSS', 'SearchRequestErrors', dimensions), 'Sum', 'errors'),
  ]
}

function tableLines(table: pulumi.Input<string>): Line[] {
  const of = { TableName: table }
  return [
    line(publishedMetric('AWS/DynamoDB', 'ConsumedReadCapacityUnits', of), 'Sum'),
    line(publishedMetric('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', of), 'Sum'),
    line(publishedMetric('AWS/DynamoDB', 'ReadThrottleEvents', of), 'Sum'),
    line(publishedMetric('AWS/DynamoDB', 'WriteThrottleEvents', of), 'Sum'),
  ]
}

/** One page with everything that an operator looks at first. */
export class Dashboard extends Component {
  readonly url: pulumi.Output<string>

  constructor(base: Base, args: { watched: Watched; search: Search }) {
    super('Dashboard', base)
    const { region } = base.config
    const widgets = widgetsOf(base.config, args.watched, args.search).map(({ title, lines }, index) => ({
      type: 'metric',
      ...{ x: (index % 2) * 12, y: Math.floor(index / 2) * 6, width: 12, height: 6 },
      properties: { title, region, view: 'timeSeries', period: 300, metrics: lines.map(metricOf) },
    }))
    const dashboard = new aws.cloudwatch.Dashboard(
      nameOf(base, 'dashboard'),
      { dashboardName: `kass-${base.config.stack}`, dashboardBody: pulumi.jsonStringify({ widgets }) },
      { parent: this },
    )
    this.url = pulumi.interpolate`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`
  }
}

/** As a dashboard wants it: namespace, name, dimensions by name and value, and how it is drawn. */
function metricOf({ namespace, metricName, dimensions, stat, label }: Line): unknown[] {
  const named = Object.entries(dimensions).flat()
  return [namespace, metricName, ...named, { stat, ...(label && { label }) }]
}
