import { type Attributes, ValueType } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { bucketBounds, type Instruments, type Reading, type Series } from './meter.ts'
import { type MetricLabel, metricLabels } from './metrics.ts'
import type { OtlpOptions } from './otlp.ts'

/** Sends all metrics to a collector by OTLP over HTTP, each time it is called; sums since the process began. */
export function createOtlpMetrics(options: OtlpOptions & { instruments: Instruments; clock?: () => number }) {
  const { instruments, clock = Date.now } = options
  const exporter = new OTLPMetricExporter({
    url: `${options.endpoint}/v1/metrics`,
    headers: { ...options.headers },
  })
  const resource = resourceFromAttributes(options.resource)
  const startTime = hrTime(clock())

  return {
    /** @throws Error when the collector did not take them */
    async send(): Promise<void> {
      const readings = await instruments.read()
      const at = { startTime, endTime: hrTime(clock()) }
      const metrics = readings.filter(({ series }) => series.length > 0).map((reading) => dataOf(reading, at))
      if (metrics.length === 0) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      exporter.export({ resource, scopeMetrics: [{ scope: { name: 'kass' }, metrics }] }, ({ code, error }) => {
        if (code === 0) resolve()
        else reject(error ?? new Error('the collector did not take the metrics'))
      })
      await promise
    },
    close: () => exporter.shutdown(),
  }
}

type Interval = { startTime: [number, number]; endTime: [number, number] }

function dataOf({ name, definition, series }: Reading, at: Interval): MetricData {
  const { about, unit, kind } = definition
  const common = {
    descriptor: { name, description: about, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  const points = series.map((one) => ({ ...at, attributes: attributesOf(one), value: one.value }))
  if (kind === 'counter') return { ...common, dataPointType: DataPointType.SUM, dataPoints: points, isMonotonic: true }
  if (kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: points }
  const dataPoints = series.map((one) => ({ ...at, attributes: attributesOf(one), value: histogramOf(one) }))
  return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
}

function histogramOf({ value, count, buckets, min, max }: Series) {
  return { buckets: { boundaries: [...bucketBounds], counts: [...buckets] }, sum: value, count, min, max }
}

function attributesOf({ labels }: Series): Attributes {
  const known: Readonly<Record<string, MetricLabel>> = metricLabels
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [known[label]?.attribute ?? label, value]))
}

const hrTime = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
