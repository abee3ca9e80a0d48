import { basename } from 'node:path/posix'
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { KassError } from '../../shared/errors.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { IdParams, normalized, PageQuery, pageSize } from '../schemas/common.ts'
import { ChunkPage, DocumentPage, DocumentQuery, DocumentSchema, type DocumentView } from '../schemas/document.ts'
import { findDocument } from './document-access.ts'
import { viewDocument } from './document-view.ts'

/** A download under the document's own name (RFC 6266), never shown in place. */
export function attachment(path: string): string {
  const name = basename(path)
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

/** Lists and records. */
export function addDocumentReadRoutes(app: App, deps: Deps): void {
  const { documents } = deps.ports

  app.get(
    '/documents',
    {
      config: { access: 'documents:read' },
      schema: {
        tags: ['documents'],
        summary: 'List documents',
        description: 'By path, as far as the caller may see them. Needs the scope `documents:read`.',
        querystring: DocumentQuery,
        response: { 200: DocumentPage },
        problems: { codes: ['invalid_cursor'] },
      },
    },
    async (request): Promise<{ items: DocumentView[]; cursor?: string }> => {
      const { tenant, groups } = callerOf(request)
      const { limit = pageSize, cursor, status, prefix } = normalized(request.query)
      const page = await documents.list(tenant, { limit, cursor, status, prefix, groups })
      return { items: page.items.map((record) => viewDocument(record)), cursor: page.cursor }
    },
  )

  app.get(
    '/documents/:id',
    {
      config: { access: 'documents:read' },
      schema: {
        tags: ['documents'],
        summary: 'Look at a document',
        description:
          'Its state with accounting and progress; after a deletion the receipt. Needs the scope `documents:read`.',
        params: IdParams,
        response: { 200: DocumentSchema },
        problems: { codes: ['not_found'] },
      },
    },
    async (request): Promise<DocumentView> => {
      const record = await findDocument(deps.ports, callerOf(request), request.params.id, { deleted: true })
      return viewDocument(record, { progress: await documents.readProgress(record), rejections: true })
    },
  )
  addContentRoute(app, deps)
  addChunksRoute(app, deps)
}

function addContentRoute(app: App, { ports }: Deps): void {
  app.get(
    '/documents/:id/content',
    {
      exposeHeadRoute: false,
      config: { access: 'documents:read' },
      schema: {
        tags: ['documents'],
        summary: 'Download a document',
        description: 'The original bytes, as a download. Needs the scope `documents:read`.',
        params: IdParams,
        response: {
          200: {
            description: 'The bytes.',
            content: { '*/*': { schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) } },
          },
        },
        problems: { codes: ['not_found'] },
      },
    },
    async (request, reply) => {
      const record = await findDocument(ports, callerOf(request), request.params.id)
      const bytes = record.revision === undefined ? undefined : await ports.objects.get(record, record.revision)
      if (!bytes) throw new KassError('not_found')
      reply
        .type(record.contentType === '' ? 'application/octet-stream' : record.contentType)
        .header('content-length', record.size)
        .header('content-disposition', attachment(record.path))
        .header('content-security-policy', "default-src 'none'; sandbox")
      return reply.send(bytes)
    },
  )
}

function addChunksRoute(app: App, { ports }: Deps): void {
  app.get(
    '/documents/:id/chunks',
    {
      config: { access: 'documents:read' },
      schema: {
        tags: ['documents'],
        summary: 'What was indexed of a document',
        description: 'The passages that answers can be based on. Needs the scope `documents:read`.',
        params: IdParams,
        querystring: PageQuery,
        response: { 200: ChunkPage },
        problems: { codes: ['not_found', 'invalid_cursor'] },
      },
    },
    async (request): Promise<ChunkPage> => {
      const caller = callerOf(request)
      const { active } = await findDocument(ports, caller, request.params.id)
      if (!active) return { items: [] }
      const { limit = pageSize, cursor } = request.query
      const page = await ports.index.chunks(active.attempt, { limit, cursor, groups: caller.groups })
      const items = page.items.map(({ ordinal, kind, section, locator, text }) => ({
        ordinal,
        kind,
        section,
        locator,
        text,
      }))
      return { items, cursor: page.cursor }
    },
  )
}
