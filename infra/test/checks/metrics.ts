import { type MetricDefinition, metricLabels, metricNamespace, metrics } from '../../../shared/telemetry/metrics.ts'
import { type Graph, isRecord } from '../../mocks/graph.ts'
import { published } from '../../watch/published.ts'

interface Used {
  where: string
  namespace: string
  metricName: string
  dimensions: Record<string, string>
}

/** Every metric that an alarm or the dashboard looks at is emitted by the program or published by AWS, by these dimensions. */
export function metricFaults(graph: Graph): string[] {
  const used = [...ofAlarms(graph), ...ofDashboard(graph)]
  return used.flatMap((one) =>
    one.namespace === `${metricNamespace}/${graph.config.stack}` ? ownFaults(one) : publishedFaults(one, graph),
  )
}

function ownFaults({ where, metricName, dimensions }: Used): string[] {
  const emitted: MetricDefinition | undefined = Object.values<MetricDefinition>(metrics).find(
    ({ cloudwatch }) => cloudwatch.name === metricName,
  )
  if (emitted === undefined) return [`${where}: the program has no ${metricName}`]
  const labels = Object.entries(metricLabels)
  const named = Object.keys(dimensions).map(
    (name) => labels.find(([, { dimension }]) => dimension === name)?.[0] ?? name,
  )
  // Several labels have the same dimension in CloudWatch, so the set is compared by dimensions.
  const wanted = Object.keys(dimensions).sort().join()
  const sets = emitted.cloudwatch.dimensions.map((set) =>
    set
      .map((label) => labels.find(([name]) => name === label)?.[1].dimension ?? '?')
      .sort()
      .join(),
  )
  if (!sets.includes(wanted)) return [`${where}: ${metricName} is not emitted by ${wanted || 'no dimension'}`]
  return Object.entries(dimensions).flatMap(([dimension, value]) => {
    const possible = labels.filter(([name, about]) => about.dimension === dimension && emitted.labels.includes(name))
    const known = possible.some(([, about]) => !('values' in about) || about.values.some((each) => each === value))
    return known ? [] : [`${where}: ${metricName} never has ${dimension} ${value} (${named.join()})`]
  })
}

function publishedFaults({ where, namespace, metricName, dimensions }: Used, graph: Graph): string[] {
  const known = Object.entries(published).find(([name]) => name === namespace)?.[1]
  if (known === undefined) return [`${where}: nobody publishes ${namespace}`]
  const wanted = Object.keys(dimensions).sort().join()
  return [
    ...(known.metrics.some((each) => each === metricName) ? [] : [`${where}: ${namespace} has no ${metricName}`]),
    ...(known.dimensions.some((set) => [...set].sort().join() === wanted)
      ? []
      : [`${where}: ${metricName} by ${wanted}`]),
    ...Object.entries(dimensions)
      .filter(([dimension, value]) => dimension !== 'ClientId' && dimension !== 'ModelId' && !isThere(value, graph))
      .map(([dimension, value]) => `${where}: there is no ${dimension} ${value}`),
  ]
}

function isThere(value: string, { nodes }: Graph): boolean {
  return nodes.some(({ state }) => [state.name, state.arnSuffix, state.domainName, `${state.name}-id`].includes(value))
}

function ofAlarms(graph: Graph): Used[] {
  return graph.of('aws:cloudwatch/metricAlarm:MetricAlarm').flatMap(({ name, props }) => {
    const queries = Array.isArray(props.metricQueries) ? props.metricQueries.filter(isRecord) : []
    const told = queries.length > 0 ? queries.map((query) => query.metric).filter(isRecord) : [props]
    return told.map((metric) => usedOf(name, metric.namespace, metric.metricName, metric.dimensions))
  })
}

function ofDashboard(graph: Graph): Used[] {
  const { name, props } = graph.one('aws:cloudwatch/dashboard:Dashboard')
  const body: unknown = JSON.parse(String(props.dashboardBody))
  const widgets = isRecord(body) && Array.isArray(body.widgets) ? body.widgets.filter(isRecord) : []
  return widgets.flatMap(({ properties }) => {
    const lines = isRecord(properties) && Array.isArray(properties.metrics) ? properties.metrics : []
    return lines.map((line: unknown) => {
      const [namespace, metricName, ...rest] = Array.isArray(line) ? line : []
      const named = rest.filter((each) => typeof each === 'string')
      const dimensions = Object.fromEntries(named.flatMap((key, at) => (at % 2 === 0 ? [[key, named[at + 1]]] : [])))
      return usedOf(name, namespace, metricName, dimensions)
    })
  })
}

function usedOf(where: string, namespace: unknown, metricName: unknown, dimensions: unknown): Used {
  const entries = isRecord(dimensions) ? Object.entries(dimensions) : []
  return {
    ...{ where, namespace: String(namespace), metricName: String(metricName) },
    dimensions: Object.fromEntries(entries.map(([key, value]) => [key, String(value)])),
  }
}
