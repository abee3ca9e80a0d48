import { type Config, chunkingId } from '../shared/config.ts'
import type { Job } from '../shared/documents/job.ts'
import type { Logger } from '../shared/logger.ts'
import type { JobContext, JobOutcome } from '../shared/ports/job-queue.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { silentTelemetry, type Telemetry } from '../shared/telemetry/telemetry.ts'
import { ulid } from '../shared/ulid.ts'
import { compare } from './compare.ts'
import type { WorkerDeps } from './deps.ts'
import { createExtractor } from './extract/pool.ts'
import { inJobScope } from './job-scope.ts'
import { measureQueue } from './queue-metrics.ts'
import { reconcile } from './reconcile.ts'
import { retain } from './retention.ts'
import { sweep } from './sweep.ts'

/** The comparison waits until a start is over. */
const firstCompareMs = 5_000
const dayMs = 24 * 60 * 60_000

export interface WorkerOptions {
  config: Config
  ports: Ports
  logger: Logger
  /** Milliseconds since 1970; the real clock when left out. */
  clock?: () => number
  /** Nothing is measured when left out. */
  telemetry?: Telemetry
  at?: WorkerDeps['at']
}

/** What the worker's steps need, made from configuration and ports. */
export function createWorkerDeps(options: WorkerOptions): WorkerDeps {
  const { config, ports, logger } = options
  const clock = options.clock ?? Date.now
  return {
    ports,
    logger,
    telemetry: options.telemetry ?? silentTelemetry,
    clock,
    newId: () => ulid(clock()),
    holder: `${process.pid}-${ulid()}`,
    at: options.at ?? (() => {}),
    settings: {
      leaseMs: config.LEASE_MS,
      crashLimit: config.CRASH_LIMIT,
      retryBaseMs: config.RETRY_BASE_MS,
      retryMaxMs: config.RETRY_MAX_MS,
      retryForMs: config.RETRY_FOR_MS,
      chunking: chunkingId(config),
      retainMs: {
        conversations: config.RETAIN_CONVERSATIONS_DAYS * dayMs,
        traces: config.RETAIN_TRACES_DAYS * dayMs,
        feedback: config.RETAIN_FEEDBACK_DAYS * dayMs,
        failed: config.RETAIN_FAILED_DAYS * dayMs,
      },
    },
    extractor: createExtractor({
      threads: config.WORKER_THREADS,
      timeoutMs: config.EXTRACT_TIMEOUT_MS,
      memoryMb: config.EXTRACT_MEMORY_MB,
      limits: {
        maxInflatedBytes: config.MAX_INFLATED_BYTES,
        maxInflationRatio: config.MAX_INFLATION_RATIO,
        maxUnits: config.MAX_UNITS,
        maxTextBytes: config.MAX_TEXT_BYTES,
      },
      chunking: { tokens: config.CHUNK_TOKENS, overlap: config.CHUNK_OVERLAP },
    }),
  }
}

/** Handles one message, whatever its kind. */
export function handleJob(deps: WorkerDeps, job: Job, context: JobContext): Promise<JobOutcome> {
  return inJobScope(deps, job, () => settle(deps, job, context))
}

async function settle(deps: WorkerDeps, job: Job, context: JobContext): Promise<JobOutcome> {
  switch (job.kind) {
    case 'sweep':
      await sweep(deps)
      await retain(deps)
      return { done: true }
    case 'compare':
      await compare(deps)
      return { done: true }
    case 'reconcile':
      return reconcile(deps, { tenant: job.tenant, path: job.path }, context.signal)
  }
}

/** Consumes jobs until `signal` fires; resolves when everything in hand is finished or handed back. */
export async function runWorker(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { config, ports, logger } = options
  const deps = createWorkerDeps(options)
  const send = (kind: 'sweep' | 'compare') => () => {
    ports.queue.send({ kind }).catch((error: unknown) => logger.error({ err: error, kind }, 'a schedule failed'))
  }
  measureQueue(deps)
  const timers: NodeJS.Timeout[] = []
  if (config.SWEEP_EVERY_MS > 0) timers.push(setInterval(send('sweep'), config.SWEEP_EVERY_MS))
  if (config.COMPARE_EVERY_MS > 0) {
    // The first one finds what another run, or other settings, left to do.
    timers.push(setTimeout(send('compare'), Math.min(firstCompareMs, config.COMPARE_EVERY_MS)))
    timers.push(setInterval(send('compare'), config.COMPARE_EVERY_MS))
  }
  try {
    await ports.queue.consume((job, context) => handleJob(deps, job, context), {
      concurrency: config.WORKER_CONCURRENCY,
      signal,
      graceMs: Math.floor(config.DRAIN_MS * 0.6),
    })
  } finally {
    for (const timer of timers) clearInterval(timer)
    await deps.extractor.close()
  }
}
