import type { Chunk, Rejection } from '../../../shared/documents/document.ts'
import { type ExtractEvent, type ExtractOptions, extractEvents } from '../extract.ts'
import type { Limits } from '../reader.ts'
import { bufferSource } from '../source.ts'

export const limits: Limits = {
  maxInflatedBytes: 512 * 1024 * 1024,
  maxInflationRatio: 200,
  maxUnits: 1_000_000,
  maxTextBytes: 256 * 1024 * 1024,
}
export const defaults: ExtractOptions = { limits, chunking: { tokens: 256, overlap: 32 } }

export interface Read {
  contentType: string
  chunks: Chunk[]
  rejections: Rejection[]
  unit: string
  read: number
  indexed: number
  rejected: number
}

/** Everything that a document gives. */
export async function collect(events: AsyncIterable<ExtractEvent>): Promise<Read> {
  const all: Read = { contentType: '', chunks: [], rejections: [], unit: '', read: 0, indexed: 0, rejected: 0 }
  for await (const event of events) {
    if (event.type === 'start') all.contentType = event.contentType
    else if (event.type === 'chunks') all.chunks.push(...event.chunks)
    else if (event.type === 'rejected') all.rejections.push(...event.rejections)
    else Object.assign(all, { unit: event.unit, read: event.read, indexed: event.indexed, rejected: event.rejected })
  }
  return all
}

/** Reads a document without a thread. */
export function readAll(body: Buffer | string, name = 'upload', options: Partial<ExtractOptions> = {}): Promise<Read> {
  return collect(extractEvents(bufferSource(Buffer.from(body)), name, { ...defaults, ...options }))
}

export const texts = (read: Read): string[] => read.chunks.map((chunk) => chunk.text)
