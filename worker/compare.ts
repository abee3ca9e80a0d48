import { setImmediate as breath } from 'node:timers/promises'
import { decodeTime } from 'ulid'
import type { DocumentRecord, DocumentRef } from '../shared/documents/document.ts'
import { documentId } from '../shared/documents/identity.ts'
import { isDeleted } from '../shared/documents/transitions.ts'
import type { WorkerDeps } from './deps.ts'
import { isOutdated } from './wanted.ts'

export type DisagreementKind =
  | 'object_without_record'
  | 'record_without_object'
  | 'stale'
  | 'deleted_object_left'
  | 'wrong_count'
  | 'orphaned_attempt'

export interface Disagreement {
  kind: DisagreementKind
  tenant: string
  path?: string
  attempt?: string
  detail: string
}

export interface CompareReport {
  at: string
  took_ms: number
  objects: number
  records: number
  attempts: number
  /** Documents made under other settings (embedder, chunk size): they are redone one by one, and answer meanwhile. */
  outdated: number
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
  const totals = { objects: 0, records: 0, attempts: 0, outdated: 0 }
  const breathe = breather()
  const seen = new Map<string, Seen>()
  for await (const record of documents.all()) {
    await breathe()
    totals.records++
    if (isOutdated(deps, record)) {
      totals.outdated++
      await queue.send({ kind: 'reconcile', tenant: record.tenant, path: record.path })
    }
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

  const missing = found.filter((one) => one.kind === 'record_without_object').length
  const wrongBucket = missing > maxMissing.count && missing > maxMissing.share * totals.records
  const report: CompareReport = {
    at: new Date(started).toISOString(),
    took_ms: deps.clock() - started,
    ...totals,
    disagreements: found.length,
    by_kind: countKinds(found),
    examples: found.slice(0, shownExamples),
    ...(wrongBucket && { alarm: `${missing} of ${totals.records} objects are missing: nothing was done about it` }),
  }
  if (wrongBucket) deps.logger.error({ missing, records: totals.records }, 'comparison stopped: objects are missing')
  else for (const one of found) await mend(deps, one)
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
  const { active, pending, current, retired } = record
  const named = [active?.attempt, pending?.attempt, current?.attempt, ...retired.map((entry) => entry.attempt)]
  return {
    ref: { tenant: record.tenant, path: record.path },
    named: named.filter((name) => name !== undefined),
    suspect: record.active?.revision !== record.revision,
    gone: record.status === 'gone',
    present: false,
    chunksOf: new Map(active ? [[active.attempt, active.chunks]] : []),
  }
}

/** Fresh reads decide: what changed while the lists were read is no disagreement. */
async function examine(deps: WorkerDeps, ref: DocumentRef): Promise<Disagreement[]> {
  const { documents, objects, index } = deps.ports
  const head = await objects.head(ref)
  const record = await documents.get(ref)
  const say = (kind: DisagreementKind, detail: string): Disagreement[] => [{ kind, ...ref, detail }]
  if (!record) return head ? say('object_without_record', `revision ${head.revision}`) : []
  const underWay = record.claim !== undefined || !['ready', 'failed', 'gone'].includes(record.status)
  if (underWay) return []
  const purged = record.tombstone?.receipt.objectsPurgedAt !== undefined
  if (isDeleted(record)) {
    if (!head) return []
    if (head.revision !== record.tombstone?.revision) return say('stale', `gone, but there is ${head.revision}`)
    return purged ? say('deleted_object_left', `revision ${head.revision}`) : []
  }
  if (!head) return say('record_without_object', `status ${record.status}`)
  if (record.status === 'failed') {
    return record.revision === head.revision
      ? []
      : say('stale', `failed at ${record.revision}, there is ${head.revision}`)
  }
  if (record.active?.revision !== head.revision) {
    return say('stale', `answers from ${record.active?.revision}, there is ${head.revision}`)
  }
  const chunks = await index.count(record.active.attempt)
  if (chunks === record.active.chunks) return []
  const again = await documents.get(ref)
  if (again?.active?.attempt !== record.active.attempt) return []
  return say('wrong_count', `${chunks} chunks are indexed, ${record.active.chunks} were made`)
}

async function isOrphan(deps: WorkerDeps, stray: { attempt: string; tenant: string; documentId: string }) {
  if (decodeTime(stray.attempt) > deps.clock() - 2 * deps.settings.leaseMs) return false
  const record = await deps.ports.documents.byId(stray.tenant, stray.documentId)
  return !record || !remember(record).named.includes(stray.attempt)
}

function orphan({ attempt, tenant }: { attempt: string; tenant: string }): Disagreement {
  return { kind: 'orphaned_attempt', tenant, attempt, detail: 'no record names it' }
}

async function mend(deps: WorkerDeps, one: Disagreement): Promise<void> {
  const { documents, index, queue } = deps.ports
  if (one.attempt !== undefined) return index.remove(one.attempt)
  if (one.path === undefined) return
  const ref = { tenant: one.tenant, path: one.path }
  // An equal fingerprint means that nothing is to be done, so what was lost from the index needs a new one.
  if (one.kind === 'wrong_count') await documents.reindex(ref)
  await queue.send({ kind: 'reconcile', ...ref })
}

function countKinds(found: readonly Disagreement[]): CompareReport['by_kind'] {
  const counts: CompareReport['by_kind'] = {}
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
