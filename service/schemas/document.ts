import { type Static, Type } from 'typebox'
import { attributeLimits } from '../../shared/documents/attributes.ts'
import { documentStatuses } from '../../shared/documents/document.ts'
import { maxPathBytes } from '../../shared/documents/identity.ts'
import { Limit, MetadataInput, MetadataOutput, Names, NextCursor, oneOf, PageLimit, PageQuery, Time } from './common.ts'

const strict = { additionalProperties: false } as const
export const StatusSchema = oneOf(documentStatuses, {
  description:
    '`awaiting` while its first bytes are to come, `queued`, `processing`, `verifying`, then `ready` or `failed`; `gone` after a deletion.',
})

const AccountingSchema = Type.Object(
  {
    unit: Type.String({ description: 'What is counted: rows, pages, paragraphs, …' }),
    read: Type.Integer(),
    indexed: Type.Integer(),
    rejected: Type.Integer(),
    chunks: Type.Integer(),
    rejections: Type.Optional(
      Type.Array(Type.Object({ place: Type.String(), reason: Type.String() }), { description: 'The first of them.' }),
    ),
  },
  { description: 'Units read = indexed + rejected.' },
)

const ReceiptSchema = Type.Object(
  {
    deleted_at: Time(),
    invisible_at: Time('From then on no answer and no search shows anything of it.'),
    objects_purged_at: Type.Optional(Time('The bytes are gone; absent until then.')),
    chunks_purged_at: Type.Optional(Time('What was indexed is gone; absent until then.')),
    complete: Type.Boolean(),
    backups: Type.String({ description: 'What is not covered.' }),
  },
  { description: 'The receipt of a deletion.' },
)

export const DocumentSchema = Type.Object(
  {
    id: Type.String({ examples: ['doc_5r2kq3tz7vh4xw6m2ycnb4pa'] }),
    path: Type.String({ examples: ['hr/handbook.md'] }),
    version: Type.Integer({ description: 'How many versions were uploaded.' }),
    status: StatusSchema,
    status_at: Time(),
    searchable: Type.Boolean({
      description: 'Whether a version of it answers now; the one before does until a new one is ready.',
    }),
    title: Type.Optional(Type.String()),
    groups: Type.Optional(Type.Array(Type.String(), { description: 'Who may see it; empty: everyone in the tenant.' })),
    tags: Type.Optional(Type.Array(Type.String())),
    metadata: Type.Optional(MetadataOutput),
    content_type: Type.Optional(Type.String()),
    size: Type.Integer({ description: 'Bytes of the newest version.' }),
    sha256: Type.Optional(Type.String()),
    accounting: Type.Optional(AccountingSchema),
    progress: Type.Optional(
      Type.Object({
        stage: oneOf(['reading', 'indexing', 'verifying']),
        done: Type.Integer(),
        total: Type.Optional(Type.Integer()),
        at: Time(),
      }),
    ),
    failure: Type.Optional(
      Type.Object({
        code: Type.String(),
        message: Type.String(),
        place: Type.Optional(Type.String()),
        at: Time(),
      }),
    ),
    retrying: Type.Optional(
      Type.Object(
        { since: Time(), count: Type.Integer(), code: Type.String() },
        { description: 'A failure that may pass.' },
      ),
    ),
    receipt: Type.Optional(ReceiptSchema),
    created_at: Time(),
    updated_at: Time(),
  },
  { description: 'The document.' },
)

export const DocumentPage = Type.Object(
  { items: Type.Array(DocumentSchema), cursor: NextCursor },
  { description: 'Documents by path; deleted ones only with status=gone.' },
)

export const DocumentQuery = Type.Object(
  {
    limit: PageLimit,
    cursor: PageQuery.properties.cursor,
    status: Type.Optional(StatusSchema),
    prefix: Type.Optional(Type.String({ maxLength: maxPathBytes, description: 'Only paths that begin with this.' })),
  },
  strict,
)

/** Documents that one call deletes by prefix when the caller does not say. */
export const removalLimit = 200

export const RemovalQuery = Type.Object(
  {
    prefix: Type.String({
      minLength: 1,
      maxLength: maxPathBytes,
      description: 'Only paths that begin with this; never empty.',
      examples: ['hr/2019/'],
    }),
    limit: Limit(removalLimit, 500),
    cursor: PageQuery.properties.cursor,
  },
  strict,
)

export const RemovalPage = Type.Object(
  {
    prefix: Type.String(),
    deleted: Type.Integer({ description: 'Documents that this call has deleted: nothing shows them any more.' }),
    cursor: Type.Optional(Type.String({ description: 'Where the next call goes on; absent when none is left.' })),
  },
  { description: 'Accepted; the worker purges what was deleted.', examples: [{ prefix: 'hr/2019/', deleted: 17 }] },
)
export type RemovalView = Static<typeof RemovalPage>

export const UploadReceipt = Type.Object(
  {
    id: Type.String(),
    path: Type.String(),
    version: Type.Integer({
      description:
        'Of the document now. Of uploads to one path at the same time several may be told the same, the newest of them.',
    }),
    status: StatusSchema,
    unchanged: Type.Boolean({ description: 'True when bytes and attributes are those that are there already.' }),
  },
  {
    examples: [
      { id: 'doc_5r2kq3tz7vh4xw6m2ycnb4pa', path: 'hr/handbook.md', version: 1, status: 'queued', unchanged: false },
    ],
  },
)
export type UploadReceipt = Static<typeof UploadReceipt>

/** In a form, empty entries are left out. */
const FormNames = (description: string) => Type.Array(Type.String(), { description, default: [] })

/**
 * For the documentation; the form itself is read as a stream. The defaults are what Swagger UI fills in: without them it
 * would send the word "string" in every field that a person leaves alone.
 */
export const UploadBody = Type.Object(
  {
    file: Type.String({ format: 'binary', contentMediaType: 'application/octet-stream', description: 'The document.' }),
    path: Type.Optional(
      Type.String({
        description: "Where it belongs, for example `hr/handbook.md`; the file's name when left out.",
        default: '',
      }),
    ),
    title: Type.Optional(Type.String({ maxLength: attributeLimits.title, default: '' })),
    groups: Type.Optional(
      FormNames('Who may see it; everyone in the tenant when left out. Groups that the key holds.'),
    ),
    tags: Type.Optional(FormNames('For filters.')),
    metadata: Type.Optional(
      Type.String({
        description: 'A JSON object with texts, numbers, true and false: `{"department": "HR", "year": 2026}`.',
        default: '{}',
      }),
    ),
  },
  strict,
)

export const UploadRequest = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: maxPathBytes, description: 'Where it belongs.' }),
    size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the bytes, in hex.' }),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: attributeLimits.title })),
    groups: Type.Optional(Names('Who may see it; everyone in the tenant when left out. Groups that the key holds.')),
    tags: Type.Optional(Names('For filters.')),
    metadata: Type.Optional(MetadataInput),
  },
  {
    ...strict,
    examples: [
      {
        path: 'hr/handbook.md',
        size: 16,
        sha256: '40b9a1aa3f0b7e2b8b0c5d0e8f3a62c1b7f3f5b0a2c4d6e8f0a1b2c3d4e5f607',
        title: 'Employee handbook',
        tags: ['hr'],
        metadata: { year: 2026 },
      },
    ],
  },
)

export const PresignedUploadReceipt = Type.Object(
  {
    id: Type.String({ examples: ['doc_5r2kq3tz7vh4xw6m2ycnb4pa'] }),
    path: Type.String(),
    method: Type.Literal('PUT'),
    url: Type.String({ description: 'Where the bytes go.' }),
    headers: Type.Record(Type.String(), Type.String(), {
      description: 'All of them must be sent as they are; most programs set `content-length` themselves.',
    }),
    expires_at: Time('Until then the upload must have begun.'),
  },
  { description: 'How to upload.' },
)
export type PresignedUploadReceipt = Static<typeof PresignedUploadReceipt>

export const DocumentPatch = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1, maxLength: attributeLimits.title })),
    groups: Type.Optional(Names('Who may see it; empty: everyone in the tenant.')),
    tags: Type.Optional(Names('Takes the place of the tags that are there.')),
    metadata: Type.Optional(MetadataInput),
  },
  { ...strict, minProperties: 1, examples: [{ title: 'Employee handbook', tags: ['hr'], metadata: { year: 2026 } }] },
)

export const ChunkPage = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        ordinal: Type.Integer(),
        kind: Type.String(),
        section: Type.Array(Type.String()),
        locator: Type.String(),
        text: Type.String(),
      }),
    ),
    cursor: NextCursor,
  },
  { description: 'What is indexed of the document, in its order.' },
)

export type DocumentView = Static<typeof DocumentSchema>
export type ChunkPage = Static<typeof ChunkPage>
