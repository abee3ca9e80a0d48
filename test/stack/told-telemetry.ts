import { createMeter, type Series } from '../../shared/telemetry/meter.ts'
import type { MetricName } from '../../shared/telemetry/metrics.ts'
import { prometheusText } from '../../shared/telemetry/prometheus.ts'
import type { Telemetry } from '../../shared/telemetry/telemetry.ts'
import { silentTracer } from '../../shared/telemetry/tracer.ts'

/** Telemetry that a test reads. */
export function toldTelemetry(): { telemetry: Telemetry; series(name: MetricName): Promise<readonly Series[]> } {
  const meter = createMeter()
  const scrape = async () => prometheusText(await meter.read())
  return {
    telemetry: { meter, tracer: silentTracer, scrape, close: async () => {} },
    async series(name) {
      return (await meter.read()).find((reading) => reading.name === name)?.series ?? []
    },
  }
}
