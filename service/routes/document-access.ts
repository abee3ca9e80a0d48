import type { DocumentRecord } from '../../shared/documents/document.ts'
import { isDeleted } from '../../shared/documents/transitions.ts'
import { KassError } from '../../shared/errors.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Deps } from '../deps.ts'
import { holds } from '../plugins/authentication.ts'
import type { Principal } from '../principal.ts'

/** Whether the groups of a document admit a caller. */
export function maySee(caller: Principal, { groups }: Pick<DocumentRecord, 'groups'>): boolean {
  return groups.length === 0 || caller.groups === undefined || groups.some((group) => caller.groups?.includes(group))
}

/**
 * A document that the caller may see. What is hidden cannot be told from what is not there.
 * @throws KassError not_found
 */
export async function findDocument(
  ports: Ports,
  caller: Principal,
  id: string,
  options: { deleted?: true } = {},
): Promise<DocumentRecord> {
  const record = await ports.documents.byId(caller.tenant, id)
  if (!record || !maySee(caller, record) || (isDeleted(record) && !options.deleted)) throw new KassError('not_found')
  return record
}

/**
 * Callers may open documents to groups they hold; what is assigned already may stay.
 * @throws KassError forbidden
 */
export function requireAssignable(caller: Principal, wanted: readonly string[], assigned: readonly string[]): void {
  if (caller.groups === undefined || holds(caller, 'admin')) return
  const foreign = wanted.filter((group) => !caller.groups?.includes(group) && !assigned.includes(group))
  if (foreign.length === 0) return
  throw new KassError('forbidden', { detail: `The key does not hold the group "${foreign[0]}".`, place: 'groups' })
}

/**
 * Sends the worker to look at a document. The wish itself stands in the record already, with the time at which the sweep
 * looks for it: a queue that is in trouble delays what the caller asked for, and does not refuse it.
 */
export async function requestReconcile({ ports, logger }: Deps, { id, tenant, path }: DocumentRecord): Promise<void> {
  try {
    await ports.queue.send({ kind: 'reconcile', tenant, path })
  } catch (error) {
    logger.warn({ err: error, documentId: id }, 'a document waits for the sweep: the queue did not take its job')
  }
}
