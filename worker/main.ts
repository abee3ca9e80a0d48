import { type Config, loadConfig, secretsOf } from '../shared/config.ts'
import { createLogger } from '../shared/logger.ts'
import { runMain } from '../shared/run-main.ts'
import { startTelemetry, type Telemetry } from '../shared/telemetry/telemetry.ts'
import { wire } from '../shared/wire.ts'
import { startHeartbeat } from './heartbeat.ts'
import { runWorker } from './run.ts'

/** Well below the age at which a health check takes a worker for stuck (tools/healthcheck.ts). */
const heartbeatMs = 5_000

/** The ingestion worker: consumes jobs until it is told to stop (a signal, or the end of its supervisor). */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'worker', secrets: secretsOf(config) })
  const telemetry = await startTelemetry(config, { process: 'worker', logger })
  const { ports, close } = await wire(config, { logger, telemetry, role: 'worker' })
  const file = config.HEARTBEAT_FILE
  const endHeartbeat = file === '' ? () => {} : startHeartbeat({ file, everyMs: heartbeatMs, logger })
  const metrics = telemetry.scrape && (await answerMetrics(telemetry.scrape, config))
  if (metrics) logger.info({ url: metrics.url }, 'worker answers for its metrics')
  const stopping = new AbortController()
  const stop = (why: string) => {
    if (stopping.signal.aborted) process.exit(1)
    logger.info({ why }, 'worker stops')
    setTimeout(() => process.exit(1), config.DRAIN_MS).unref()
    stopping.abort()
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('disconnect', () => stop('the supervisor is gone'))
  logger.info({ concurrency: config.WORKER_CONCURRENCY }, 'worker consumes')
  process.send?.({ type: 'consuming' })
  runWorker({ config, ports, logger, telemetry }, stopping.signal)
    .then(async () => {
      metrics?.close()
      // The last look at the queue needs it open.
      await telemetry.close()
      await close()
      endHeartbeat()
      logger.info('worker stopped')
      process.exit(0)
    })
    .catch((error: unknown) => {
      logger.error({ err: error }, 'worker failed')
      process.exit(1)
    })
}

/** Loaded only where it is wanted: a server for HTTP costs the worker some megabytes. */
async function answerMetrics(scrape: NonNullable<Telemetry['scrape']>, config: Config) {
  const { serveMetrics } = await import('../shared/telemetry/metrics-server.ts')
  return serveMetrics(scrape, { host: config.WORKER_METRICS_HOST, port: config.WORKER_METRICS_PORT })
}

runMain(main)
