import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../../shared/config.ts'
import type { DocumentRecord, DocumentRef } from '../../shared/documents/document.ts'
import type { Logger } from '../../shared/logger.ts'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../shared/ports/diagnosis.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { ulid } from '../../shared/ulid.ts'
import { wire } from '../../shared/wire.ts'

/** A tenant of its own, which no key belongs to; always the same document, so that no two of them can be left. */
export const canary: DocumentRef = { tenant: 'kass-doctor', path: 'canary.txt' }
const lookMs = 100
/** Longer than a check may take; a doctor that was killed keeps others waiting no longer. */
const leaseMs = 5 * 60_000

interface CanaryOptions {
  config: Config
  logger: Logger
  /** For each of the waits. */
  patienceMs: number
  /** Why the storage must not be opened. */
  whyClosed(): Promise<string | undefined>
}

/** A document on the whole way: stored, told of, taken by a worker and written to the index; then it is removed again. */
export function canaryCheck({ config, logger, patienceMs, whyClosed }: CanaryOptions): DiagnosticCheck {
  return {
    name: 'canary',
    async run(signal) {
      const why = await whyClosed()
      if (why !== undefined)
        return [problem(`no canary was sent: ${why}`, 'Start KASS once (npm start), then ask again.')]
      const { ports, close } = await wire(config, { logger, role: 'tool' })
      const holder = ulid()
      try {
        if (!(await ports.documents.lease('doctor', holder, leaseMs))) {
          return [warning('no canary was sent: another doctor is at work', 'Wait for it, or five minutes.')]
        }
        try {
          return await follow(ports, patienceMs, signal)
        } finally {
          await remove(ports)
          await ports.documents.lease('doctor', holder, 0)
        }
      } finally {
        await close()
      }
    },
  }
}

async function follow(ports: Ports, patienceMs: number, signal: AbortSignal): Promise<Finding[]> {
  const { objects, documents, queue } = ports
  const staged = await objects.stage(Readable.from([`This is the canary ${ulid()}.`]), { maxBytes: 1000 })
  const { revision } = await staged.commit(canary, { contentType: 'text/plain' })
  const sent = performance.now()
  const seconds = () => `${((performance.now() - sent) / 1000).toFixed(1)} s`
  const until = (fits: (record: DocumentRecord) => boolean) =>
    lookUntil(
      () => documents.get(canary),
      (record) => record.revision === revision && fits(record),
      patienceMs,
      signal,
    )

  let told = true
  let taken = await until(() => true)
  if (!taken) {
    // Whether a worker is there at all: it is sent to look, as the notification should have done.
    told = false
    await queue.send({ kind: 'reconcile', ...canary })
    taken = await until(() => true)
  }
  if (!taken) return [await noWorker(ports, patienceMs)]
  const arrived = told
    ? ok(`a worker took the canary after ${seconds()}`)
    : problem(
        `no notification of the canary arrived within ${patienceMs / 1000} s; a worker is there and took it when it was sent to it`,
        "Send the bucket's events to the queue of INGEST_QUEUE_URL, and let S3 send there (node tools/provision.ts sets both).",
      )
  const done = await until(
    ({ status, retrying }) => retrying !== undefined || !['queued', 'processing'].includes(status),
  )
  return [arrived, outcome(done, seconds(), patienceMs)]
}

async function noWorker({ queue }: Ports, patienceMs: number): Promise<Finding> {
  const { visible, oldestAgeMs } = await queue.depth()
  const waiting = `${visible} messages wait, the oldest for ${Math.round(oldestAgeMs / 1000)} s`
  return problem(
    `no worker took the canary within ${(2 * patienceMs) / 1000} s (${waiting})`,
    'Start a worker (npm start, or node worker/main.ts), or look at its log; with a long queue, start more of them.',
  )
}

function outcome(record: DocumentRecord | undefined, seconds: string, patienceMs: number): Finding {
  const { status, failure, retrying } = record ?? {}
  if (status === 'ready' || status === 'verifying') return ok(`the canary was processed after ${seconds}`)
  const why = failure?.code ?? retrying?.code
  if (why === undefined) {
    return warning(
      `the canary was not processed within ${patienceMs / 1000} s`,
      "Look at the worker's log: what is slow?",
    )
  }
  return problem(
    `the canary could not be processed (${why})`,
    "Look at the worker's log, and at the model and index checks.",
  )
}

async function lookUntil(
  look: () => Promise<DocumentRecord | undefined>,
  fits: (record: DocumentRecord) => boolean,
  patienceMs: number,
  signal: AbortSignal,
): Promise<DocumentRecord | undefined> {
  const until = performance.now() + patienceMs
  for (;;) {
    const record = await look()
    if (record && fits(record)) return record
    if (performance.now() >= until) return undefined
    await wait(lookMs, undefined, { signal })
  }
}

/** Takes the canary away, whoever else is there to do it. What a killed doctor left goes the same way. */
async function remove({ documents, objects, queue }: Ports): Promise<void> {
  const head = await objects.head(canary)
  await documents.markDeleted(canary, head?.revision)
  for (const { revision } of await objects.revisions(canary)) await objects.remove(canary, revision)
  await queue.send({ kind: 'reconcile', ...canary })
}
