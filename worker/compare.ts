import { setImmediate as breath } from 'node:timers/promises'
import type { DocumentRecord, DocumentRef } from '../shared/documents/document.ts'
import { documentId } from '../shared/documents/identity.ts'
import type { WorkerDeps } from './deps.ts'
import {
  type Disagreement,
  type DisagreementKind,
  examine,
  isOrphan,
  mend,
  namedAttempts,
  orphan,
} from './disagreement.ts'
import { isOver, mostFailed, removeFailed } from './retention.ts'
import { isOutdated } from './wanted.ts'

export interface CompareReport {
  at: string
  took_ms: number
  objects: number
  records: number
  attempts: number
  /** Documents made under other settings (embedder, chunk size): they are redone one by one, and answer meanwhile. */
  outdated: number
  /** Documents that were deleted because they had failed for longer than the settings keep such ones. */
  expired: number
  disagreements: number
  by_kind: Partial<Record<DisagreementKind, number>>
  /** The first hundred. */
  examples: Disagreement[]
  /** Why nothing was done about them. */
  alarm?: string
}

export const reportKey = 'reports/compare.json'
const shownExamples = 100
const leaseMs = 10 * 60_000
/** More missing objects than this, and more than this share of all, is a wrong bucket rather than so many deletions. */
const maxMissing = { count: 20, share: 0.05 }

/** What the comparison remembers of a record: enough to know whether it must look closer. */
interface Seen {
  ref: DocumentRef
  named: readonly string[]
  suspect: boolean
  gone: boolean
  present: boolean
  chunksOf: Map<string, number>
}

/**
 * Compares objects, records and what is indexed; sends `reconcile` for each disagreement and removes attempts that no
 * record names. Documents that are under way are no disagreement. Undefined while another comparison runs.
 */
export async function compare(deps: WorkerDeps): Promise<CompareReport | undefined> {
  const { documents } = deps.ports
  if (!(await documents.lease('compare', deps.holder, leaseMs))) return undefined
  try {
    return await compareNow(deps)
  } finally {
    await documents.lease('compare', deps.holder, 0)
  }
}

async function compareNow(deps: WorkerDeps): Promise<CompareReport> {
  const { documents, objects, index, derived, queue } = deps.ports
  const started = deps.clock()
  const garbage = await objects.collectGarbage()
  if (garbage.kept > 0) deps.logger.error(garbage, 'so many objects have no name that none of them was removed')
  const totals = { objects: 0, records: 0, attempts: 0, outdated: 0, expired: 0 }
  const over: DocumentRecord[] = []
  const breathe = breather()
  const seen = new Map<string, Seen>()
  for await (const record of documents.all()) {
    await breathe()
    totals.records++
    if (isOutdated(deps, record)) {
      totals.outdated++
      await queue.send({ kind: 'reconcile', tenant: record.tenant, path: record.path })
    }
    if (isOver(deps, record) && over.length < mostFailed) over.push(record)
    seen.set(record.id, remember(record))
  }
  const suspects: DocumentRef[] = []
  for await (const head of objects.list()) {
    await breathe()
    totals.objects++
    const known = seen.get(documentId(head))
    if (known) known.present = true
    else suspects.push({ tenant: head.tenant, path: head.path })
  }
  const strays: { attempt: string; tenant: string; documentId: string }[] = []
  for await (const found of index.attempts()) {
    await breathe()
    totals.attempts++
    const known = seen.get(found.documentId)
    if (known?.chunksOf.get(found.attempt) === found.chunks) known.chunksOf.delete(found.attempt)
    if (!known?.named.includes(found.attempt)) strays.push(found)
  }
  for (const known of seen.values()) {
    const odd = known.suspect || !known.present || known.chunksOf.size > 0
    if (known.gone ? known.present : odd) suspects.push(known.ref)
  }

  const found: Disagreement[] = []
  for (const ref of suspects) {
    await breathe()
    found.push(...(await examine(deps, ref)))
  }
  for (const stray of strays) if (await isOrphan(deps, stray)) found.push(orphan(stray))

  const { meter } = deps.telemetry
  for (const { kind } of found) meter.count('kass.compare.disagreements', { disagreement: kind })
  const missing = found.filter((one) => one.kind === 'record_without_object').length
  const wrongBucket = missing > maxMissing.count && missing > maxMissing.share * totals.records
  if (!wrongBucket) for (const record of over) if (await removeFailed(deps, record)) totals.expired++
  const report: CompareReport = {
    at: new Date(started).toISOString(),
    took_ms: deps.clock() - started,
    ...totals,
    disagreements: found.length,
    by_kind: countKinds(found),
    examples: found.slice(0, shownExamples),
    ...(wrongBucket && { alarm: `${missing} of ${totals.records} objects are missing: nothing was done about it` }),
  }
  if (wrongBucket) {
    meter.count('kass.compare.stopped', {})
    deps.logger.error({ missing, records: totals.records }, 'comparison stopped: objects are missing')
  } else for (const one of found) await mend(deps, one)
  await derived.put(reportKey, JSON.stringify(report))
  deps.logger.info({ ...totals, disagreements: found.length, latency: report.took_ms }, 'comparison done')
  return report
}

/** Long lists of short steps leave no room for anything else in this process unless they make some. */
function breather(): () => Promise<void> {
  let steps = 0
  return async () => {
    if (++steps % 100 === 0) await breath()
  }
}

function remember(record: DocumentRecord): Seen {
  const { active } = record
  return {
    ref: { tenant: record.tenant, path: record.path },
    named: namedAttempts(record),
    suspect: record.active?.revision !== record.revision,
    gone: record.status === 'gone',
    present: false,
    chunksOf: new Map(active ? [[active.attempt, active.chunks]] : []),
  }
}

function countKinds(found: readonly Disagreement[]): CompareReport['by_kind'] {
  const counts: CompareReport['by_kind'] = {}
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
