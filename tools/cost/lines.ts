import { readFileSync } from 'node:fs'
import type { Measured } from '../../infra/cost/measured.ts'

export interface CountedCall {
  kind: 'call'
  role: string
  service: string
  action: string
  /** Request units of DynamoDB. */
  read: number
  written: number
  /** Tokens of the texts that were embedded. */
  embedded: number
}

export interface Exchange {
  kind: 'http'
  role: string
  service: string
  action: string
  sent: number
  received: number
  /** Request units of a query or scan, which go by what it read. */
  read: number
}

export type Line = CountedCall | Exchange

/** S3 bills these dearer (PUT, COPY, POST, LIST); HeadBucket and removals are free or cheap. */
const s3Writes = new Set([
  'PutObject',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'ListObjectVersions',
  'ListMultipartUploads',
])

const round = (value: number) => Math.round(value * 100) / 100

/** The lines that were written after `offset` bytes of a file, and where it ends now. */
export function linesAfter(file: string, offset: number): { lines: Line[]; end: number } {
  const content = readFileSync(file)
  const lines = content.subarray(offset).toString().split('\n').filter(Boolean)
  return { lines: lines.map((line): Line => JSON.parse(line)), end: content.length }
}

/** Sums up what so many operations did, for one of them. */
export function perOperation(
  lines: readonly Line[],
  log: { bytes: number; inputTokens: number; outputTokens: number },
  { count, documentKb = 0 }: { count: number; documentKb?: number },
): Measured {
  const calls = lines.filter((line) => line.kind === 'call')
  const exchanges = lines.filter((line) => line.kind === 'http')
  const sum = <T>(from: readonly T[], value: (one: T) => number) =>
    round(from.reduce((total, one) => total + value(one), 0) / count)
  const of = (service: string) => calls.filter((call) => call.service === service)
  const kilobytes: Record<string, number> = {}
  for (const service of [...new Set(exchanges.map((each) => each.service))].sort()) {
    const own = exchanges.filter((each) => each.service === service)
    kilobytes[service] = sum(own, ({ sent, received }) => (sent + received) / 1024)
  }
  return {
    dynamodb: { readUnits: sum(lines, ({ read }) => read), writeUnits: sum(calls, ({ written }) => written) },
    sqs: { requests: sum(of('sqs'), () => 1) },
    s3: {
      writes: sum(of('s3'), ({ action }) => (s3Writes.has(action) ? 1 : 0)),
      reads: sum(of('s3'), ({ action }) => (action === 'GetObject' || action === 'HeadObject' ? 1 : 0)),
    },
    opensearch: { requests: sum([...of('es'), ...of('aoss')], () => 1) },
    models: {
      calls: sum(of('bedrock'), () => 1),
      inputTokens: round(log.inputTokens / count),
      outputTokens: round(log.outputTokens / count),
      embeddedTokens: sum(calls, ({ embedded }) => embedded),
    },
    kilobytes,
    logBytes: Math.round(log.bytes / count),
    documentKb,
  }
}
