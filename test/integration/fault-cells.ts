import type { Server } from '../e2e/server.ts'

/** What callers do, each as one call that says what came of it. */
export const operations = ['chat', 'search', 'upload', 'ingest', 'delete'] as const
export type Operation = (typeof operations)[number]

export interface Outcome {
  status: number
  code?: string
  /** The document that the operation was about, when the server took the wish. */
  id?: string
}

/** Longest wait for any answer, whatever is broken. Sockets that nobody answers end here. */
export const deadlineMs = 10_000

/** The operations on one server; `victims` are documents that are ready and may be deleted. */
export function operationsOn(server: Server, victims: string[]) {
  let uploads = 0
  const outcome = ({ status, body }: { status: number; body: { code?: string; id?: string } }): Outcome => ({
    status,
    ...(body?.code !== undefined && { code: body.code }),
    ...(body?.id !== undefined && { id: body.id }),
  })
  const upload = async (name: string) =>
    outcome(await server.upload(`${name}-${++uploads}.md`, `# Note ${uploads}\n\nThe note of ${name} is ${uploads}.\n`))
  return {
    /** Of this document alone: an answer that stands on a victim is rightly refused when that goes meanwhile. */
    chat: async () => {
      const message = `Who keeps the lighthouse? ${++uploads}`
      return outcome(await server.call('POST', '/chat', { message, filters: { path: 'lighthouse.md' } }))
    },
    search: async () => outcome(await server.call('POST', '/search', { query: `lighthouse keeper ${++uploads}` })),
    upload: () => upload('uploaded'),
    /** A new version of a document that is ready: the old one answers until the new one is. */
    ingest: async () => {
      const text = `# Lighthouse\n\nThe keeper of the lighthouse is Astrid Lindqvist, in version ${++uploads}.\n`
      return outcome(await server.upload('lighthouse.md', text))
    },
    delete: async () => {
      const id = victims.pop()
      if (id === undefined) throw new Error('no document is left to delete')
      const { status, body } = await server.call('DELETE', `/documents/${id}`)
      return { ...outcome({ status, body }), id }
    },
  } satisfies Record<Operation, () => Promise<Outcome>>
}

export type Upstream = 's3' | 'sqs' | 'dynamodb' | 'opensearch' | 'bedrock'

const storage = ['storage_unavailable', 'storage_throttled', 'storage_timeout']
const search = ['search_unavailable', 'search_throttled', 'search_timeout']
const model = ['model_unavailable', 'model_throttled', 'model_timeout', 'model_failed']

/**
 * The codes that an operation may fail with while an upstream is in trouble; it may also succeed where that is listed
 * under `fine`, because it does not need the upstream, or because its wish is carried out later.
 */
export const expected: Record<Upstream, Record<Operation, { fine: boolean; codes: readonly string[] }>> = {
  s3: {
    chat: { fine: true, codes: storage },
    search: { fine: true, codes: [] },
    upload: { fine: false, codes: storage },
    ingest: { fine: false, codes: storage },
    delete: { fine: true, codes: storage },
  },
  sqs: {
    chat: { fine: true, codes: [] },
    search: { fine: true, codes: [] },
    upload: { fine: true, codes: storage },
    ingest: { fine: true, codes: storage },
    delete: { fine: true, codes: storage },
  },
  dynamodb: {
    chat: { fine: false, codes: storage },
    search: { fine: false, codes: storage },
    upload: { fine: false, codes: storage },
    ingest: { fine: false, codes: storage },
    delete: { fine: false, codes: storage },
  },
  opensearch: {
    chat: { fine: false, codes: search },
    search: { fine: false, codes: search },
    upload: { fine: true, codes: [] },
    ingest: { fine: true, codes: [] },
    delete: { fine: true, codes: [] },
  },
  bedrock: {
    chat: { fine: false, codes: model },
    // By words alone, and the answer says so.
    search: { fine: true, codes: [] },
    upload: { fine: true, codes: [] },
    ingest: { fine: true, codes: [] },
    delete: { fine: true, codes: [] },
  },
}
