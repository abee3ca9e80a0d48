import { bucketBounds, type Reading, type Series } from './meter.ts'
import type { MetricDefinition } from './metrics.ts'

/** The media type of what `prometheusText` gives. */
export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'

const unitNames: Readonly<Record<string, string>> = { s: '_seconds', USD: '_usd' }

/** A metric's name in Prometheus: dots are underscores, then the unit, then `_total` for counters. */
export function prometheusName(name: string, { kind, unit }: Pick<MetricDefinition, 'kind' | 'unit'>): string {
  return `${name.replaceAll('.', '_')}${unitNames[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
}

/** Readings in the text format of Prometheus, version 0.0.4. A metric that nothing has caused yet has no lines. */
export function prometheusText(readings: readonly Reading[]): string {
  const lines: string[] = []
  for (const { name, definition, series } of readings) {
    if (series.length === 0) continue
    const shown = prometheusName(name, definition)
    lines.push(`# HELP ${shown} ${definition.about.replaceAll('\\', '\\\\')}`, `# TYPE ${shown} ${definition.kind}`)
    for (const one of series)
      lines.push(...(definition.kind === 'histogram' ? histogram(shown, one) : [single(shown, one)]))
  }
  return `${lines.join('\n')}\n`
}

function single(name: string, { labels, value }: Series): string {
  return `${name}${labelText(labels)} ${value}`
}

function histogram(name: string, { labels, buckets, value, count }: Series): string[] {
  let sum = 0
  const lines = buckets.map((some, at) => {
    sum += some
    return `${name}_bucket${labelText({ ...labels, le: String(bucketBounds[at] ?? '+Inf') })} ${sum}`
  })
  return [...lines, `${name}_sum${labelText(labels)} ${value}`, `${name}_count${labelText(labels)} ${count}`]
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
