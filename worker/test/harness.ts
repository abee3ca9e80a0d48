import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { ulid } from 'ulid'
import type { Attributes, Chunk, DocumentRecord, DocumentRef } from '../../shared/documents/document.ts'
import { textHash } from '../../shared/documents/fingerprint.ts'
import { createLogger } from '../../shared/logger.ts'
import type { Embedder } from '../../shared/ports/embedder.ts'
import type { SearchIndex } from '../../shared/ports/search-index.ts'
import { silentTelemetry } from '../../shared/telemetry/telemetry.ts'
import type { FaultPoint, WorkerDeps } from '../deps.ts'
import type { Extractor } from '../extract/pool.ts'
import { reconcile } from '../reconcile.ts'
import { openPorts } from './storage.ts'

/** Every line of a text is a chunk: the real reading is tested where it is written. */
export const lineExtractor: Extractor = {
  async *extract(input) {
    const lines = (await text(input.body)).split('\n').filter((line) => line !== '')
    yield { type: 'start', contentType: 'text/plain' }
    for (const [ordinal, line] of lines.entries()) {
      const chunk: Chunk = {
        ordinal,
        kind: 'text',
        text: line,
        section: [],
        locator: `lines ${ordinal + 1}`,
        hash: textHash(line),
      }
      yield { type: 'chunks', chunks: [chunk], done: ordinal + 1 }
    }
    yield { type: 'end', unit: 'paragraphs', read: lines.length, indexed: lines.length, rejected: 0 }
  },
  close: async () => {},
}

export interface Bench {
  clock: { now: number }
  ports: WorkerDeps['ports']
  /** A worker on the same data, with its own name and fault points. */
  worker(
    options?: Partial<Pick<WorkerDeps, 'at' | 'extractor' | 'telemetry'>> & {
      index?: SearchIndex
      embedder?: Embedder
      retainMs?: Partial<WorkerDeps['settings']['retainMs']>
    },
  ): WorkerDeps
  upload(path: string, body: string, attributes?: Partial<Attributes>): Promise<string>
  close(): Promise<void>
}

/** An empty storage with the real adapters and a clock that stands still until it is moved. */
export async function openBench(): Promise<Bench> {
  const clock = { now: 1_800_000_000_000 }
  const now = () => clock.now
  const { ports, close } = await openPorts(now)
  let workers = 0
  return {
    clock,
    ports,
    worker({
      at = () => {},
      extractor = lineExtractor,
      telemetry = silentTelemetry,
      index: other,
      embedder,
      retainMs,
    } = {}) {
      workers++
      return {
        ports: { ...ports, ...(other && { index: other }), ...(embedder && { embedder }) },
        extractor,
        at,
        clock: now,
        newId: () => ulid(clock.now),
        holder: `worker-${workers}`,
        telemetry,
        logger: createLogger({ level: 'silent', name: 'test' }),
        settings: {
          leaseMs: 30_000,
          crashLimit: 3,
          retryBaseMs: 1000,
          retryMaxMs: 60_000,
          retryForMs: 86_400_000,
          chunking: 'lines',
          retainMs: { conversations: 0, traces: 0, feedback: 0, failed: 0, ...retainMs },
        },
      }
    },
    async upload(path, body, attributes) {
      const staged = await ports.objects.stage(Readable.from([Buffer.from(body)]), { maxBytes: 1_000_000 })
      const head = await staged.commit({ tenant: 'default', path }, { contentType: 'text/plain', attributes })
      await ports.documents.observe(head)
      return head.revision
    },
    close,
  }
}

/** A fault point at which the work stops dead, the `times`-th time it is reached: nothing after it runs until `wake`. */
export function holdAt(point: FaultPoint, times = 1) {
  const reached = Promise.withResolvers<void>()
  const asleep = Promise.withResolvers<void>()
  let seen = 0
  const at: WorkerDeps['at'] = (here) => {
    if (here !== point || ++seen !== times) return
    reached.resolve()
    return asleep.promise
  }
  return { at, reached: reached.promise, wake: () => asleep.resolve() }
}

/** A bench that the test closes. */
export async function benchFor(t: Test): Promise<Bench> {
  const made = await openBench()
  t.teardown(() => made.close())
  return made
}

/** The record of a document that must have one. */
export async function recordOf(b: Bench, ref: DocumentRef): Promise<DocumentRecord> {
  const found = await b.ports.documents.get(ref)
  if (!found) throw new Error('there should be a record')
  return found
}

/** Every attempt that has a chunk in the index. */
export async function indexed(b: Bench): Promise<string[]> {
  const attempts: string[] = []
  for await (const { attempt } of b.ports.index.attempts()) attempts.push(attempt)
  return attempts
}

/** Runs the worker until nothing is left to wait for: leases end, second removals come, receipts complete. */
export async function settleAll(b: Bench, ref: DocumentRef, worker: WorkerDeps): Promise<void> {
  const never = new AbortController().signal
  for (let i = 0; i < 6; i++) {
    await reconcile(worker, ref, never)
    b.clock.now += worker.settings.leaseMs + worker.ports.index.visibilityMs + 1
  }
}
