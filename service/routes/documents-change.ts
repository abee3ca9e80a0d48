import { parseAttributes } from '../../shared/documents/attributes.ts'
import { KassError } from '../../shared/errors.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { IdParams } from '../schemas/common.ts'
import { DocumentPatch, DocumentSchema, type DocumentView } from '../schemas/document.ts'
import { findDocument, requestReconcile, requireAssignable } from './document-access.ts'
import { viewDocument } from './document-view.ts'
import { removeDocument } from './documents-remove.ts'

const accepted = { ...DocumentSchema, description: 'Accepted; the worker follows.' }

/** What changes a document that is there. */
export function addDocumentChangeRoutes(app: App, deps: Deps): void {
  const { ports } = deps
  app.patch(
    '/documents/:id',
    {
      config: { access: 'documents:write' },
      schema: {
        tags: ['documents'],
        summary: 'Change title, groups, tags or metadata',
        description:
          'What is given takes the place of what was there; narrowed groups hold at once. Needs the scope `documents:write`.',
        params: IdParams,
        body: DocumentPatch,
        response: {
          200: DocumentSchema,
        },
        problems: { body: true, codes: ['not_found', 'invalid_metadata', 'conflict'] },
      },
    },
    async (request): Promise<DocumentView> => {
      const caller = callerOf(request)
      const record = await findDocument(ports, caller, request.params.id)
      const changes = parseAttributes(request.body)
      requireAssignable(caller, changes.groups ?? [], record.groups)
      const changed = await ports.documents.patch(record, changes)
      if (!changed) throw new KassError('not_found')
      await requestReconcile(deps, record)
      return viewDocument(changed)
    },
  )

  app.delete(
    '/documents/:id',
    {
      config: { access: 'documents:write' },
      schema: {
        tags: ['documents'],
        summary: 'Delete a document',
        description:
          'When this returns nothing shows the document any more; `GET /documents/{id}` then gives the receipt, which says when its bytes and its index entries were purged. Needs the scope `documents:write`.',
        params: IdParams,
        response: { 202: accepted },
        problems: { body: true, codes: ['not_found', 'conflict'] },
      },
    },
    async (request, reply): Promise<DocumentView> => {
      const record = await findDocument(ports, callerOf(request), request.params.id, { deleted: true })
      reply.code(202)
      return viewDocument(await removeDocument(deps, record))
    },
  )

  app.post(
    '/documents/:id/reindex',
    {
      config: { access: 'documents:write' },
      schema: {
        tags: ['documents'],
        summary: 'Process a document again',
        description: 'The version that answers now goes on answering meanwhile. Needs the scope `documents:write`.',
        params: IdParams,
        response: { 202: accepted },
        problems: { body: true, codes: ['not_found', 'conflict'] },
      },
    },
    async (request, reply): Promise<DocumentView> => {
      const record = await findDocument(ports, callerOf(request), request.params.id)
      const queued = await ports.documents.reindex(record)
      if (!queued) throw new KassError('not_found')
      await requestReconcile(deps, record)
      reply.code(202)
      return viewDocument(queued)
    },
  )
}
