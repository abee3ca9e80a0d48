import type { DocumentStatus } from '../../shared/documents/document.ts'
import type { SourceDocument } from '../../shared/ports/conversation-store.ts'
import type { DocumentStore } from '../../shared/ports/document-store.ts'
import type { Principal } from '../principal.ts'

export interface Overview {
  text: string
  /** The documents that are named. */
  sources: SourceDocument[]
}

const namesShown = 5
/** As many records are looked at for a caller who may not see everything. */
const mostCounted = 200

/** The answer to a greeting, or to "what can you do": what is in the base, as far as the caller may see it. */
export async function overview(
  documents: DocumentStore,
  caller: Principal,
  route: 'greeting' | 'help',
): Promise<Overview> {
  const { tenant, groups } = caller
  const { counts, more, named } =
    groups === undefined ? await all(documents, tenant) : await admitted(documents, tenant, groups)
  const hello = route === 'greeting' ? 'Hello! ' : ''
  const what =
    'I answer questions from the documents in this knowledge base and show the place that each answer comes from.'
  const ready = counts.ready ?? 0
  const waiting = (counts.awaiting ?? 0) + (counts.queued ?? 0) + (counts.processing ?? 0) + (counts.verifying ?? 0)
  const others = [
    waiting > 0 ? `${waiting} still being read` : '',
    (counts.failed ?? 0) > 0 ? `${counts.failed} could not be read` : '',
  ].filter((part) => part !== '')
  const aside = others.length > 0 ? ` (${others.join(', ')})` : ''
  if (ready === 0) {
    const next = waiting > 0 ? 'Ask again in a moment.' : 'Add some with POST /documents or "kass ingest <folder>".'
    return { text: `${hello}${what} No document is ready yet${aside}. ${next}`, sources: [] }
  }
  const count = `${more ? 'More than ' : ''}${ready} document${ready === 1 ? ' is' : 's are'} ready${aside}`
  const lines = named.map(({ title, path }) => `- ${title === '' || title === path ? path : `${title} (${path})`}`)
  const list = lines.length === 0 ? '.' : `${ready > lines.length || more ? ', for example' : ''}:\n${lines.join('\n')}`
  const text = `${hello}${what} ${count}${list}\n\nAsk about anything in them, in your own words.`
  return { text, sources: named.map(({ id, incarnation }) => ({ documentId: id, incarnation })) }
}

async function all(documents: DocumentStore, tenant: string) {
  const [counts, page] = await Promise.all([
    documents.counts(tenant),
    documents.list(tenant, { status: 'ready', limit: namesShown }),
  ])
  return { counts, more: false, named: page.items }
}

/** Counts of the whole tenant would tell of documents that the caller must not know of. */
async function admitted(documents: DocumentStore, tenant: string, groups: readonly string[]) {
  const page = await documents.list(tenant, { groups, limit: mostCounted })
  const counts: Partial<Record<DocumentStatus, number>> = {}
  for (const { status } of page.items) counts[status] = (counts[status] ?? 0) + 1
  const named = page.items.filter((record) => record.status === 'ready').slice(0, namesShown)
  return { counts, more: page.cursor !== undefined, named }
}
