import { writeSync } from 'node:fs'
import type { Instruments, Series } from './meter.ts'
import { type MetricDefinition, type MetricLabel, metricLabels } from './metrics.ts'
import { errorType } from './scope.ts'

/** As many values as one metric may have in a line (CloudWatch user guide, "Embedded metric format"). */
const mostValues = 100
/** Values of one series that are remembered between two lines, chosen at random where there are more. */
const mostSamples = 1000

export interface EmfOptions {
  instruments: Instruments
  namespace: string
  /** Takes one line of the log. */
  write(line: string): void
  clock?: () => number
  random?: () => number
}

interface Samples {
  seen: number
  kept: number[]
}

/**
 * Metrics as lines in CloudWatch's embedded metric format: a line for each series that changed, each time it is called.
 * Counters are told as what they rose by; a histogram by at most a hundred values, evenly spread over its quantiles, so
 * that percentiles, least and greatest are right while its count and sum are not (the counters have those).
 */
export function createEmf(options: EmfOptions): () => Promise<void> {
  const { instruments, namespace, write, clock = Date.now, random = Math.random } = options
  const told = new WeakMap<Series, number>()
  const samples = new WeakMap<Series, Samples>()

  instruments.onRecord((_name, series, value) => {
    const some = samples.get(series) ?? { seen: 0, kept: [] }
    samples.set(series, some)
    some.seen++
    if (some.kept.length < mostSamples) some.kept.push(value)
    else {
      const at = Math.floor(random() * some.seen)
      if (at < mostSamples) some.kept[at] = value
    }
  })

  /** Undefined when there is nothing new to tell. */
  function newValue(kind: MetricDefinition['kind'], series: Series): number | number[] | undefined {
    if (kind === 'gauge') return series.value
    if (kind === 'histogram') {
      const some = samples.get(series)
      samples.delete(series)
      return some && quantiles(some.kept, mostValues)
    }
    const rise = series.value - (told.get(series) ?? 0)
    told.set(series, series.value)
    return rise > 0 ? rise : undefined
  }

  return async () => {
    for (const { definition, series } of await instruments.read()) {
      for (const one of series) {
        const value = newValue(definition.kind, one)
        if (value !== undefined) write(line(definition, one, value))
      }
    }
  }

  function line({ cloudwatch }: MetricDefinition, { labels }: Series, value: number | number[]): string {
    const { name, unit, dimensions } = cloudwatch
    const used = Object.entries(labels).map(([label, text]) => [dimensionOf(label), text])
    return `${JSON.stringify({
      _aws: {
        Timestamp: clock(),
        CloudWatchMetrics: [
          {
            Namespace: namespace,
            Dimensions: dimensions.map((set) => set.map(dimensionOf)),
            Metrics: [{ Name: name, Unit: unit }],
          },
        ],
      },
      ...Object.fromEntries(used),
      [name]: value,
    })}\n`
  }
}

/** To where the log goes, which CloudWatch reads. */
export function writeToLog(line: string): void {
  let rest: Uint8Array = Buffer.from(line)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // A pipe that is full for now; half a line would be no line.
      if (errorType(error) !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

/** A label's name in CloudWatch. */
export function dimensionOf(label: string): string {
  const labels: Readonly<Record<string, MetricLabel>> = metricLabels
  return labels[label]?.dimension ?? label
}

/** At most `most` of the values, evenly spread over their order, the least and the greatest among them. */
export function quantiles(values: readonly number[], most: number): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length <= most) return sorted
  return Array.from({ length: most }, (_, at) => sorted[Math.round((at * (sorted.length - 1)) / (most - 1))] ?? 0)
}
