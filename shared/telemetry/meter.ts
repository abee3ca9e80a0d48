import {
  type LabelsOf,
  type MetricDefinition,
  type MetricLabel,
  type MetricName,
  metricLabels,
  metrics,
  type NameOf,
  otherValue,
} from './metrics.ts'

/** Records by the table: a name or a label that it does not have does not compile. */
export interface Meter {
  count<N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>, by?: number): void
  /** @param value in the metric's unit: seconds */
  record<N extends NameOf<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void
  /** @param value NaN when it is not known any more: then nothing is reported */
  set<N extends NameOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void
  /** Asked before anybody reads: for what has to be looked up. */
  onRead(look: () => void | Promise<void>): void
}

/** Upper bounds of the buckets of every histogram, in seconds. */
export const bucketBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
]

/** What one combination of labels has come to since the process began. */
export interface Series {
  labels: Readonly<Record<string, string>>
  /** Of a counter the sum, of a gauge the last value, of a histogram the sum of all. */
  value: number
  /** Of a histogram: how many there were, in all and in each bucket (one more than there are bounds). */
  count: number
  buckets: number[]
  min: number
  max: number
}

export interface Reading {
  name: MetricName
  definition: MetricDefinition
  series: readonly Series[]
}

/** A meter that can be read. */
export interface Instruments extends Meter {
  read(): Promise<Reading[]>
  /** Told of every value of a histogram. */
  onRecord(listener: (name: MetricName, series: Series, value: number) => void): void
}

const nothing = (): void => {}

/** Records nothing, and costs nothing. */
export const silentMeter: Meter = { count: nothing, record: nothing, set: nothing, onRead: nothing }

type Labels = Readonly<Record<string, string>>

export function createMeter(): Instruments {
  const looks: (() => void | Promise<void>)[] = []
  const listeners: ((name: MetricName, series: Series, value: number) => void)[] = []
  const bounded = boundLabels()
  const all = new Map<MetricName, { labels: readonly string[]; series: Map<string, Series> }>()
  for (const [name, { labels }] of definitions()) all.set(name, { labels, series: new Map() })

  function seriesOf(name: MetricName, given: Labels): Series {
    const metric = all.get(name)
    if (!metric) throw new Error(`there is no metric ${name}`)
    let key = ''
    for (const label of metric.labels) key += `${bounded(label, given[label] ?? '')}\n`
    const known = metric.series.get(key)
    if (known) return known
    const values = key.split('\n')
    const labels = Object.fromEntries(metric.labels.map((label, at) => [label, values[at] ?? '']))
    const buckets = new Array<number>(bucketBounds.length + 1).fill(0)
    const made: Series = { labels, value: 0, count: 0, buckets, min: Number.POSITIVE_INFINITY, max: 0 }
    metric.series.set(key, made)
    return made
  }

  return {
    count(name, labels, by = 1) {
      seriesOf(name, labels).value += by
    },
    record(name, labels, value) {
      const series = seriesOf(name, labels)
      let at = 0
      while (value > (bucketBounds[at] ?? Number.POSITIVE_INFINITY)) at++
      series.buckets[at] = (series.buckets[at] ?? 0) + 1
      series.value += value
      series.count++
      if (value < series.min) series.min = value
      if (value > series.max) series.max = value
      for (const listener of listeners) listener(name, series, value)
    },
    set(name, labels, value) {
      seriesOf(name, labels).value = value
    },
    onRead: (look) => void looks.push(look),
    onRecord: (listener) => void listeners.push(listener),
    async read() {
      // What cannot be looked up (a queue that does not answer) must not hide all the rest.
      await Promise.allSettled(looks.map(async (look) => look()))
      return definitions().map(([name, definition]) => {
        return { name, definition, series: [...(all.get(name)?.series.values() ?? [])].filter(isKnown) }
      })
    },
  }
}

const isKnown = ({ value }: Series) => !Number.isNaN(value)

const definitions = () => Object.entries(metrics) as [MetricName, MetricDefinition][]

/** Keeps label values within the table: what is not in a closed set, or one too many of a bounded one, is `other`. */
function boundLabels(): (label: string, value: string) => string {
  const closed = new Map<string, Set<string>>()
  const open = new Map<string, { seen: Set<string>; max: number }>()
  for (const [name, label] of Object.entries<MetricLabel>(metricLabels)) {
    if ('values' in label) closed.set(name, new Set(label.values))
    else open.set(name, { seen: new Set(), max: label.max })
  }
  return (label, value) => {
    const values = closed.get(label)
    if (values) return values.has(value) ? value : otherValue
    const some = open.get(label)
    if (!some) return otherValue
    if (some.seen.has(value)) return value
    if (some.seen.size >= some.max || value.includes('\n')) return otherValue
    some.seen.add(value)
    return value
  }
}
