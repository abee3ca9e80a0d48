import type { Accounting, Chunk, DocumentRecord, Rejection } from '../shared/documents/document.ts'
import { embeddedText, embeddingKey } from '../shared/documents/fingerprint.ts'
import { KassError } from '../shared/errors.ts'
import type { AttemptInfo } from '../shared/ports/search-index.ts'
import { inSpan } from '../shared/telemetry/scope.ts'
import { embedderId, type WorkerDeps } from './deps.ts'
import { measureAttempt } from './ingest-metrics.ts'
import type { Lease } from './lease.ts'
import { keptRejections, rejectionLines, rejectionsKey, shownRejections } from './rejections.ts'

/** Thrown when the revision that was to be read is gone: look again. */
export class RevisionGone extends Error {}

/** Rows further down in a table get no vectors: they are found by text. */
const vectorRows = 2000
/** Batches of chunks whose vectors may be under way while the next ones are read. */
const batchesUnderWay = 3
const progressEveryMs = 2000

/**
 * Processes one revision under a new attempt: read, chunk, embed, put. The attempt is named in the record before its
 * first chunk is written. Gives the record with the attempt pending.
 * @throws RevisionGone, ClaimLost, KassError (retryable or not)
 */
export async function makeAttempt(
  deps: WorkerDeps,
  lease: Lease,
  record: DocumentRecord,
  wanted: { revision: string; fingerprint: string },
): Promise<DocumentRecord> {
  const begun = performance.now()
  const pending = await inSpan('ingest', {}, () => process(deps, lease, record, wanted))
  measureAttempt(deps.telemetry.meter, pending, performance.now() - begun)
  return pending
}

async function process(
  deps: WorkerDeps,
  lease: Lease,
  record: DocumentRecord,
  wanted: { revision: string; fingerprint: string },
): Promise<DocumentRecord> {
  const { documents, objects, derived, index } = deps.ports
  const attempt = deps.newId()
  await documents.begin(lease.claim, { attempt, fingerprint: wanted.fingerprint })
  await deps.at('begun')
  const reuse = await reusableVectors(deps, record)
  const body = await objects.get(record, wanted.revision)
  if (!body) throw new RevisionGone()

  const writer = chunkWriter(deps, lease, infoOf(deps, record, attempt), reuse)
  const rejections: Rejection[] = []
  let totals: { unit: string; read: number; indexed: number; rejected: number } | undefined
  let told = deps.clock()
  try {
    const input = { body, size: record.size, name: record.path }
    for await (const event of deps.extractor.extract(input, lease.signal)) {
      if (event.type === 'start') writer.info.contentType = event.contentType
      else if (event.type === 'chunks') await writer.write(event.chunks)
      else if (event.type === 'rejected') keep(rejections, event.rejections)
      else totals = event
      if (event.type === 'chunks' && deps.clock() - told >= progressEveryMs) {
        told = deps.clock()
        await documents.progress(lease.claim, { stage: 'indexing', done: event.done, total: event.total, at: told })
      }
    }
  } finally {
    await writer.settled()
    body.destroy()
  }
  const chunks = await writer.end()
  const accounting = balance(totals, chunks, rejections)
  lease.check()
  if (rejections.length > 0) await derived.put(rejectionsKey(record, attempt), rejectionLines(rejections))
  await deps.at('all-put')
  lease.check()
  const embedder = embedderId(deps)
  const pending = await documents.pending(lease.claim, { chunks, accounting, revision: wanted.revision, embedder })
  await deps.at('pending')
  deps.logger.debug({ documentId: record.id, attempt, chunks, visibilityMs: index.visibilityMs }, 'attempt written')
  return pending
}

function keep(kept: Rejection[], more: readonly Rejection[]): void {
  for (const rejection of more) if (kept.length < keptRejections) kept.push(rejection)
}

function balance(
  totals: { unit: string; read: number; indexed: number; rejected: number } | undefined,
  chunks: number,
  rejections: readonly Rejection[],
): Accounting {
  if (!totals || totals.read !== totals.indexed + totals.rejected) {
    const detail = totals
      ? `${totals.read} ≠ ${totals.indexed} + ${totals.rejected} ${totals.unit}`
      : 'the end is missing'
    throw new KassError('accounting_mismatch', { detail: `Not everything that was read is accounted for: ${detail}.` })
  }
  const { unit, read, indexed, rejected } = totals
  return { unit, read, indexed, rejected, chunks, rejections: rejections.slice(0, shownRejections) }
}

type MutableInfo = { -readonly [K in keyof AttemptInfo]: AttemptInfo[K] }

function infoOf(deps: WorkerDeps, record: DocumentRecord, attempt: string): MutableInfo {
  const { tenant, id, path, title, contentType, groups, tags, metadata } = record
  return {
    attempt,
    tenant,
    documentId: id,
    path,
    title,
    contentType,
    groups,
    tags,
    metadata,
    embedder: embedderId(deps),
  }
}

async function reusableVectors(deps: WorkerDeps, record: DocumentRecord): Promise<Map<string, Float32Array>> {
  const { index, embedder } = deps.ports
  if (!embedder || record.active?.embedder !== embedder.id) return new Map()
  return index.vectors(record.active.attempt, embedder.id)
}

/** Embeds and puts batches, a few at once; the first failure is thrown by the next call. */
function chunkWriter(deps: WorkerDeps, lease: Lease, info: MutableInfo, reuse: ReadonlyMap<string, Float32Array>) {
  const { index, embedder } = deps.ports
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  let chunks = 0

  async function vectorsFor(batch: readonly Chunk[]): Promise<Map<string, Float32Array>> {
    if (!embedder) return new Map()
    const missing = new Map<string, string>()
    for (const chunk of batch) {
      const deep = (chunk.rowNumbers?.[0] ?? 0) > vectorRows
      const key = embeddingKey(chunk)
      if (!deep && !reuse.has(key)) missing.set(key, embeddedText(chunk))
    }
    if (missing.size === 0) return new Map()
    const vectors = await embedder.embed([...missing.values()], 'document', lease.signal)
    const made = new Map<string, Float32Array>()
    let next = 0
    for (const key of missing.keys()) {
      const vector = vectors[next++]
      if (vector) made.set(key, vector)
    }
    return made
  }

  async function embedAndPut(batch: readonly Chunk[]): Promise<void> {
    const made = await vectorsFor(batch)
    lease.check()
    const vectorOf = (chunk: Chunk) => {
      const key = embedder && embeddingKey(chunk)
      return key === undefined ? undefined : (made.get(key) ?? reuse.get(key))
    }
    const chunks = batch.map((chunk) => ({ ...chunk, vector: vectorOf(chunk) }))
    await inSpan('index put', { attributes: { 'db.operation.batch.size': chunks.length } }, () =>
      index.put(info, chunks),
    )
    await deps.at('chunk-put')
  }

  return {
    info,
    async write(batch: readonly Chunk[]): Promise<void> {
      if (failures.length > 0) throw failures[0]
      chunks += batch.length
      const work: Promise<void> = embedAndPut(batch).then(
        () => void underWay.delete(work),
        (error: unknown) => {
          failures.push(error)
          underWay.delete(work)
        },
      )
      underWay.add(work)
      if (underWay.size >= batchesUnderWay) await Promise.race(underWay)
    },
    /** Resolves when nothing is under way; never rejects. */
    settled: () => Promise.all(underWay),
    /** Gives the number of chunks written. */
    async end(): Promise<number> {
      await Promise.all(underWay)
      if (failures.length > 0) throw failures[0]
      return chunks
    },
  }
}
