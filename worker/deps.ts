import type { Logger } from '../shared/logger.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { Telemetry } from '../shared/telemetry/telemetry.ts'
import type { Extractor } from './extract/pool.ts'

/** The steps of `reconcile` at which a test may end the process or hold it. */
export type FaultPoint =
  | 'claimed'
  | 'looked'
  | 'begun'
  | 'chunk-put'
  | 'all-put'
  | 'pending'
  | 'counted'
  | 'activated'
  | 'retired'
  | 'removed'
  | 'objects-purged'
  | 'released'

export interface WorkerSettings {
  leaseMs: number
  crashLimit: number
  retryBaseMs: number
  retryMaxMs: number
  retryForMs: number
  /** Size and overlap of chunks, as they go into the fingerprint. */
  chunking: string
  /** How long things are kept, in milliseconds; 0: for ever. */
  retainMs: { conversations: number; traces: number; feedback: number; failed: number }
}

/** What the worker's steps stand on. */
export interface WorkerDeps {
  ports: Pick<Ports, 'documents' | 'conversations' | 'objects' | 'derived' | 'index' | 'queue' | 'embedder'>
  extractor: Extractor
  settings: WorkerSettings
  logger: Logger
  telemetry: Telemetry
  clock: () => number
  newId: () => string
  /** Names this process in claims. */
  holder: string
  /** Called at every step; does nothing outside tests. */
  at: (point: FaultPoint) => void | Promise<void>
}

/** The embedder's id as it stands in fingerprints and chunks. */
export function embedderId(deps: WorkerDeps): string {
  return deps.ports.embedder?.id ?? 'none'
}
