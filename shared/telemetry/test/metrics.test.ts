import { test } from 'tap'
import { type MetricDefinition, type MetricLabel, metricLabels, metrics } from '../metrics.ts'

const all = Object.entries<MetricDefinition>(metrics)
const labels: Record<string, MetricLabel> = metricLabels

test('no label of any metric is unbounded', async (t) => {
  for (const [name, { labels: used }] of all) {
    for (const label of used) {
      const known = labels[label]
      t.ok(known, `${name} uses ${label}, which the table of labels has`)
      if (known) t.ok('values' in known ? known.values.length > 0 : known.max > 0 && known.max <= 100, `${label} ends`)
    }
  }
})

test('a metric has one name in CloudWatch, and dimensions that are labels of it', async (t) => {
  const names = all.map(([, { cloudwatch }]) => cloudwatch.name)
  t.equal(new Set(names).size, names.length)
  for (const [name, { cloudwatch, labels: used }] of all) {
    t.ok(cloudwatch.dimensions.length > 0, name)
    for (const set of cloudwatch.dimensions)
      t.same(
        set.filter((label) => !used.includes(label)),
        [],
        name,
      )
  }
})

test('an alarm watches dimensions that are written, with values that can come', async (t) => {
  for (const [name, { alarm, cloudwatch }] of all) {
    if (!alarm) continue
    const watched = Object.keys(alarm.dimensions ?? {})
    t.ok(
      cloudwatch.dimensions.some((set) => set.length === watched.length && set.every((one) => watched.includes(one))),
      `${name} is written with the dimensions [${watched}]`,
    )
    for (const [label, value] of Object.entries(alarm.dimensions ?? {})) {
      const known = labels[label]
      if (known && 'values' in known) t.ok(known.values.includes(value ?? ''), `${name}: ${label}=${value}`)
    }
  }
})
