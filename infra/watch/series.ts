import type { LabelName, MetricDefinition, MetricName } from '../../shared/telemetry/metrics.ts'
import { metricLabels, metricNamespace, metrics } from '../../shared/telemetry/metrics.ts'
import type { StackConfig } from '../config.ts'
import type { Series } from './published.ts'

/** Where the metrics of a stack are: its own place, since several stacks may share an account. */
export const namespaceOf = ({ stack }: Pick<StackConfig, 'stack'>): string => `${metricNamespace}/${stack}`

/**
 * One series of a metric of our own, as the program writes it into the log and CloudWatch reads it.
 * @throws Error when the program does not emit it by these labels
 */
export function ownMetric(
  config: Pick<StackConfig, 'stack'>,
  name: MetricName,
  labels: Readonly<Partial<Record<LabelName, string>>> = {},
): Series {
  const { cloudwatch }: MetricDefinition = metrics[name]
  const given = Object.keys(labels).sort().join()
  if (!cloudwatch.dimensions.some((set) => [...set].sort().join() === given)) {
    throw new Error(`${name} is not emitted by ${given === '' ? 'no label' : given}`)
  }
  const dimensions = Object.entries(labels).map(([label, value]) => [dimensionOf(label), value ?? ''])
  return { namespace: namespaceOf(config), metricName: cloudwatch.name, dimensions: Object.fromEntries(dimensions) }
}

function dimensionOf(label: string): string {
  const known = Object.entries(metricLabels).find(([name]) => name === label)
  if (known === undefined) throw new Error(`${label} is not a label`)
  return known[1].dimension
}
