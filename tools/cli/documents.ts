import type { DocumentView } from '../../service/schemas/document.ts'
import type { Client } from './client.ts'
import { Failure } from './failure.ts'

export interface DocumentPage {
  items: DocumentView[]
  cursor?: string
}

export const documentUrl = (id: string): string => `/documents/${encodeURIComponent(id)}`

/** Pages through the documents of the caller. */
export async function* listDocuments(
  client: Client,
  query: { status?: string; prefix?: string; limit?: number },
): AsyncGenerator<DocumentPage> {
  let cursor: string | undefined
  do {
    const parameters = new URLSearchParams()
    for (const [key, value] of Object.entries({ ...query, cursor })) {
      if (value !== undefined) parameters.set(key, String(value))
    }
    const { body } = await client.json<DocumentPage>('GET', `/documents?${parameters}`)
    yield body
    cursor = body.cursor
  } while (cursor !== undefined)
}

const idPattern = /^doc_[a-z2-7]{24}$/

/** The list is ordered by path, so the path itself comes before everything that begins with it. */
async function idAt(client: Client, path: string, status?: string): Promise<string | undefined> {
  for await (const { items } of listDocuments(client, { prefix: path, limit: 1, status })) {
    return items[0]?.path === path ? items[0].id : undefined
  }
  return undefined
}

/**
 * The id of what a person named by id or by path.
 * @param options `gone`: also of what was deleted, which has a receipt still
 * @throws Failure not_found
 */
export async function resolveDocument(
  client: Client,
  idOrPath: string,
  options: { gone?: boolean } = {},
): Promise<string> {
  if (idPattern.test(idOrPath)) return idOrPath
  const path = idOrPath.normalize('NFC')
  const id = (await idAt(client, path)) ?? (options.gone ? await idAt(client, path, 'gone') : undefined)
  if (id !== undefined) return id
  throw new Failure('not_found', `There is no document at "${idOrPath}". "kass list" shows what is there.`)
}
