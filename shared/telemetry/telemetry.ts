import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { watchEventLoop } from './event-loop.ts'
import { createMeter, type Instruments, type Meter, silentMeter } from './meter.ts'
import type { OtlpOptions } from './otlp.ts'
import { silentTracer, type Tracer } from './tracer.ts'
import { watchUpstreams } from './upstreams.ts'

export type TelemetryConfig = Pick<
  Config,
  | 'METRICS'
  | 'METRICS_EVERY_MS'
  | 'METRICS_NAMESPACE'
  | 'TRACES'
  | 'TRACES_RATIO'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'OTEL_RESOURCE_ATTRIBUTES'
>

export interface Telemetry {
  meter: Meter
  tracer: Tracer
  /** What Prometheus may read; undefined when METRICS does not name it. */
  scrape: (() => Promise<string>) | undefined
  /** Sends what is left, for some seconds at most. */
  close(): Promise<void>
}

/** Nothing is measured and nothing is sent. */
export const silentTelemetry: Telemetry = {
  meter: silentMeter,
  tracer: silentTracer,
  scrape: undefined,
  close: async () => {},
}

export interface TelemetryOptions {
  process: 'api' | 'worker'
  logger: Logger
  /** Takes the lines of METRICS=emf; the log's output when left out. */
  write?: (line: string) => void
}

/** How long the last sending may keep a process that ends. */
const closingMs = 3_000
const traceDelayMs = 2_000

/**
 * Metrics and traces of this process as the configuration wants them. What is not wanted is not even loaded. To be
 * called before the ports are wired, so that what they say while they open is heard.
 */
export async function startTelemetry(config: TelemetryConfig, options: TelemetryOptions): Promise<Telemetry> {
  if (config.METRICS.length === 0 && config.TRACES === 'none') return silentTelemetry
  const otlp: OtlpOptions = {
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    resource: { 'service.name': `kass-${options.process}`, ...config.OTEL_RESOURCE_ATTRIBUTES },
    delayMs: traceDelayMs,
    onOutcome: tellOnce(options.logger, 'traces could not be sent'),
  }
  const tracer = config.TRACES === 'otlp' ? await otlpTracer(config, otlp) : silentTracer
  const instruments = config.METRICS.length === 0 ? undefined : createMeter()
  const meter = instruments ?? silentMeter
  const stops = [watchUpstreams(meter, tracer !== silentTracer)]
  const sinks: { send(): Promise<void>; close(): Promise<void> }[] = []
  let scrape: Telemetry['scrape']
  if (instruments) {
    stops.push(watchEventLoop(instruments, options.process))
    if (config.METRICS.includes('prometheus')) scrape = await prometheusScrape(instruments)
    if (config.METRICS.includes('emf')) sinks.push(await emfSink(config, options, instruments))
    if (config.METRICS.includes('otlp')) {
      const { createOtlpMetrics } = await import('./otlp-metrics.ts')
      sinks.push(createOtlpMetrics({ ...otlp, instruments }))
    }
  }

  const onOutcome = tellOnce(options.logger, 'metrics could not be sent')
  async function send(): Promise<void> {
    const outcomes = await Promise.allSettled(sinks.map((sink) => sink.send()))
    onOutcome(outcomes.find((outcome) => outcome.status === 'rejected')?.reason)
  }
  const timer = sinks.length > 0 ? setInterval(send, config.METRICS_EVERY_MS).unref() : undefined

  return {
    meter,
    tracer,
    scrape,
    async close() {
      clearInterval(timer)
      const last = async () => {
        if (sinks.length > 0) await send()
        await Promise.allSettled([tracer.close(), ...sinks.map((sink) => sink.close())])
      }
      await atMost(closingMs, last())
      for (const stop of stops) stop()
    },
  }
}

/** Logs a failure once, until it has worked again. */
function tellOnce(logger: Logger, message: string): (error?: unknown) => void {
  let failing = false
  return (error) => {
    if (error !== undefined && !failing) logger.warn({ err: error }, message)
    failing = error !== undefined
  }
}

async function otlpTracer(config: TelemetryConfig, otlp: OtlpOptions): Promise<Tracer> {
  const { createOtlpTracer } = await import('./otlp-traces.ts')
  return createOtlpTracer({ ...otlp, ratio: config.TRACES_RATIO })
}

async function prometheusScrape(instruments: Instruments): Promise<() => Promise<string>> {
  const { prometheusText } = await import('./prometheus.ts')
  return async () => prometheusText(await instruments.read())
}

async function emfSink(config: TelemetryConfig, { write }: TelemetryOptions, instruments: Instruments) {
  const { createEmf, writeToLog } = await import('./emf.ts')
  const send = createEmf({ instruments, namespace: config.METRICS_NAMESPACE, write: write ?? writeToLog })
  return { send, close: async () => {} }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, ms)
  await Promise.race([work, over.promise])
  clearTimeout(timer)
}
