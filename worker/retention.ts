import type { DocumentRecord } from '../shared/documents/document.ts'
import { traceKey, tracePrefix } from '../shared/documents/trace-key.ts'
import type { WorkerDeps } from './deps.ts'

/** What one sweep removes of each kind, at most. */
const mostConversations = 100
const mostTraces = 500
/** What one comparison removes. */
export const mostFailed = 1000

/** The time before which something is over; undefined when it is kept. */
function before(deps: WorkerDeps, retainMs: number): number | undefined {
  return retainMs > 0 ? deps.clock() - retainMs : undefined
}

/** Removes some of what the settings no longer keep: conversations with all that hangs on them, traces, feedback. */
export async function retain(deps: WorkerDeps): Promise<{ conversations: number; traces: number }> {
  const done = { conversations: 0, traces: 0 }
  const { ports, settings, logger } = deps
  const { retainMs } = settings
  if (retainMs.conversations + retainMs.traces + retainMs.feedback === 0) return done
  if (!(await ports.documents.lease('retention', deps.holder, settings.leaseMs))) return done
  const over = { conversations: before(deps, retainMs.conversations), feedback: before(deps, retainMs.feedback) }
  const { messages } = await ports.conversations.expire(over, mostConversations)
  for (const id of messages) await ports.derived.remove(traceKey(id))
  done.conversations = messages.length
  const traces = before(deps, retainMs.traces)
  if (traces !== undefined) done.traces = (await ports.derived.expire(tracePrefix, traces, mostTraces)).removed
  if (done.conversations + done.traces > 0) logger.info({ messages: messages.length, traces: done.traces }, 'retention')
  return done
}

/** Whether a document has been of no use to anybody for longer than the settings keep such ones. */
export function isOver(deps: WorkerDeps, { status, active, statusAt }: DocumentRecord): boolean {
  const over = before(deps, deps.settings.retainMs.failed)
  return over !== undefined && status === 'failed' && active === undefined && statusAt < over
}

/** Deletes it as its owner would, unless something has happened to it since. */
export async function removeFailed(deps: WorkerDeps, found: DocumentRecord): Promise<boolean> {
  const { documents, objects, queue } = deps.ports
  const record = await documents.get(found)
  if (!record || !isOver(deps, record)) return false
  const head = await objects.head(record)
  // A newer version is about to be read.
  if (head && head.revision !== record.revision) return false
  if (!(await documents.markDeleted(record, head?.revision))) return false
  await queue.send({ kind: 'reconcile', tenant: record.tenant, path: record.path })
  return true
}
