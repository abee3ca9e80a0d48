import { dimensionOf } from '../../shared/telemetry/emf.ts'
import {
  type MetricAlarm,
  type MetricDefinition,
  type MetricLabel,
  type MetricName,
  metricLabels,
  metricNamespace,
  metrics,
  runbookOf,
} from '../../shared/telemetry/metrics.ts'
import { prometheusName } from '../../shared/telemetry/prometheus.ts'

const about = `# Metrics

This page is printed from the table in [shared/telemetry/metrics.ts](../shared/telemetry/metrics.ts) by
\`node tools/metrics-page.ts --write\`, and a test holds it to that. How to switch metrics on, and where the worker's are, is
in [telemetry.md](telemetry.md).
`

const all = Object.entries(metrics) as [MetricName, MetricDefinition][]

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
const code = (text: string) => `\`${text}\``

function metricRow([name, definition]: [MetricName, MetricDefinition]): string {
  const { kind, unit, labels, about: meaning } = definition
  return row(code(name), kind, unit, labels.map(code).join(', '), meaning, code(prometheusName(name, definition)))
}

function cloudwatchRow([name, { cloudwatch }]: [MetricName, MetricDefinition]): string {
  const sets = cloudwatch.dimensions.map((set) => (set.length === 0 ? 'none' : set.map(dimensionOf).join(' + ')))
  return row(code(cloudwatch.name), code(name), cloudwatch.unit, sets.join('; '))
}

function alarmRow(name: MetricName, alarm: MetricAlarm): string {
  const watched = Object.entries(alarm.dimensions ?? {}).map(([label, value]) => `${dimensionOf(label)}=${value}`)
  const sign = alarm.comparison === 'GreaterThanThreshold' ? '>' : '≥'
  const when = `${alarm.statistic} ${sign} ${alarm.threshold} in ${alarm.periods} × ${alarm.periodSeconds} s`
  const page = runbookOf(name).replace(/^docs\//, '')
  return row(`[${name}](${page})`, watched.join(', '), when, alarm.missing, alarm.about)
}

function labelRow([name, label]: [string, MetricLabel]): string {
  const values = 'values' in label ? label.values.map(code).join(', ') : `${label.bound}, ${label.max} at most`
  return row(code(name), code(label.attribute), label.dimension, label.about, values)
}

/** docs/metrics.md, as the table of metrics has it. */
export function metricsPage(): string {
  const alarms = all.flatMap(([name, { alarm }]) => (alarm ? [alarmRow(name, alarm)] : []))
  return `${[
    about,
    row('metric (OpenTelemetry)', 'kind', 'unit', 'labels', 'means', 'in Prometheus'),
    '|---|---|---|---|---|---|',
    ...all.map(metricRow),
    '\n## Labels\n',
    'A value beyond those of the table becomes `other`: no label is unbounded.\n',
    row('label', 'in OpenTelemetry', 'in CloudWatch', 'says', 'values'),
    '|---|---|---|---|---|',
    ...Object.entries<MetricLabel>(metricLabels).map(labelRow),
    '\n## In CloudWatch\n',
    `Namespace \`${metricNamespace}\`, unless \`METRICS_NAMESPACE\` says another. A metric is there once for each set of dimensions.`,
    'Counters are told as what they rose by. A histogram is told by at most a hundred values a minute and series, spread',
    'over its quantiles: its percentiles, least and greatest are right, its count and sum are not.\n',
    row('name', 'metric', 'unit', 'dimensions'),
    '|---|---|---|---|',
    ...all.map(cloudwatchRow),
    '\n## What can alarm\n',
    'Thresholds to begin with; each has its page with what to do.\n',
    row('metric', 'of', 'when', 'nothing reported', 'that is'),
    '|---|---|---|---|---|',
    ...alarms,
  ].join('\n')}\n`
}
