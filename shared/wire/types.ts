import type { Logger } from '../logger.ts'
import type { Ports } from '../ports/ports.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

export interface Wired {
  ports: Ports
  /** Gives back what the adapters hold; nothing may use the ports any more. */
  close(): Promise<void>
}

export interface WireOptions {
  logger: Logger
  /** Who will use the ports: the API answers people, so it leaves slow work on the disk to others. */
  role: 'service' | 'worker' | 'tool'
  clock?: () => number
  /** Nothing is measured when left out. */
  telemetry?: Telemetry
}

/** A part of the ports, and what must be given back with it. */
export interface WiredPart<K extends keyof Ports> {
  ports: Pick<Ports, K>
  close(): Promise<void>
}

/** What keeps documents, state and jobs. */
export type WiredStorage = WiredPart<
  'documents' | 'conversations' | 'objects' | 'derived' | 'index' | 'queue' | 'cache' | 'access' | 'room'
>
