import type { DocumentRecord } from '../../shared/documents/document.ts'
import { isDeleted } from '../../shared/documents/transitions.ts'
import { isKassError, KassError } from '../../shared/errors.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { normalized } from '../schemas/common.ts'
import { RemovalPage, RemovalQuery, type RemovalView, removalLimit } from '../schemas/document.ts'
import { requestReconcile } from './document-access.ts'

/** Documents of one call that are deleted at the same time. */
const atOnce = 8

/**
 * The deletion of what is there now. Deleting again changes nothing, unless a newer version has come since.
 * @throws KassError not_found
 */
export async function removeDocument(deps: Deps, record: DocumentRecord): Promise<DocumentRecord> {
  const { ports } = deps
  const head = await ports.objects.head(record)
  if (isDeleted(record) && (!head || head.revision === record.tombstone?.revision)) return record
  const deleted = await ports.documents.markDeleted(record, head?.revision)
  if (!deleted) throw new KassError('not_found')
  await requestReconcile(deps, record)
  return deleted
}

/** False when somebody else was first. */
async function removeListed(deps: Deps, record: DocumentRecord): Promise<boolean> {
  try {
    await removeDocument(deps, record)
    return true
  } catch (error) {
    if (isKassError(error, 'not_found')) return false
    throw error
  }
}

/** `DELETE /documents?prefix=`: what a caller may delete one by one, many at a time. */
export function addDocumentRemovalRoute(app: App, deps: Deps): void {
  app.delete(
    '/documents',
    {
      config: { access: 'documents:write' },
      schema: {
        tags: ['documents'],
        summary: 'Delete documents by the beginning of their path',
        description:
          'Deletes as `DELETE /documents/{id}` does, in the order of the paths: every document that the caller may see and whose path begins with `prefix`, at most `limit` of them. While the answer has a `cursor` there are more: call again with it, or just as before. Needs the scope `documents:write`.',
        querystring: RemovalQuery,
        response: { 202: RemovalPage },
        problems: { body: true, codes: ['invalid_cursor', 'conflict'] },
      },
    },
    async (request, reply): Promise<RemovalView> => {
      const { tenant, groups } = callerOf(request)
      const { prefix, cursor, limit = removalLimit } = normalized(request.query)
      const page = await deps.ports.documents.list(tenant, { prefix, cursor, limit, groups })
      let deleted = 0
      for (let at = 0; at < page.items.length; at += atOnce) {
        const some = page.items.slice(at, at + atOnce)
        const gone = await Promise.all(some.map((record) => removeListed(deps, record)))
        deleted += gone.filter(Boolean).length
      }
      reply.code(202)
      return { prefix, deleted, cursor: page.cursor }
    },
  )
}
