import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode } from '../../shared/errors.ts'
import type { ExtractEvent, ExtractOptions } from './extract.ts'

/** What a thread is asked to read. */
export interface ExtractTask extends ExtractOptions {
  port: MessagePort
  name: string
  size: number
  /** One of the two. */
  bytes?: Uint8Array
  file?: string
}

export type ThreadMessage = { type: 'begin'; threadId: number } | { type: 'events'; events: ExtractEvent[] }

/** An error as it crosses the border of threads. */
export interface ThreadError {
  code: ErrorCode
  detail?: string
  place?: string
  /** For the log only. */
  cause?: string
}

export interface ThreadResult {
  /** How many messages with events went before. */
  posted: number
  /** What is left: small documents fit in here whole. */
  events: ExtractEvent[]
  error?: ThreadError
}

/** Batches that may be on their way; the thread waits until the other side has taken one. */
export const batchesUnderWay = 2
