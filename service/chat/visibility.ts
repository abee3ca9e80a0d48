import type { SourceDocument } from '../../shared/ports/conversation-store.ts'
import type { DocumentStore } from '../../shared/ports/document-store.ts'
import { admits } from '../../shared/retrieval/retriever.ts'
import type { Reader } from '../../shared/retrieval/types.ts'

/** A document in the life it had when it was read, and with `attempt` also in the processing. */
export interface Seen extends SourceDocument {
  attempt?: string
}

/**
 * Which of these documents the reader may see now, in the life that they were read in: one batch read, and none when
 * there is nothing to look at.
 */
export async function visibility(
  documents: Pick<DocumentStore, 'active'>,
  reader: Reader,
  seen: readonly Seen[],
): Promise<(one: Seen) => boolean> {
  if (seen.length === 0) return () => true
  const items = await documents.active(reader.tenant, [...new Set(seen.map((one) => one.documentId))])
  return (one) => {
    const item = items.get(one.documentId)
    if (item === undefined || item.incarnation !== one.incarnation || !admits(item, reader)) return false
    return one.attempt === undefined || one.attempt === item.attempt
  }
}

/** Each document once. */
export function uniqueSources(sources: readonly SourceDocument[]): SourceDocument[] {
  const unique = new Map<string, SourceDocument>()
  for (const { documentId, incarnation } of sources)
    unique.set(`${documentId}/${incarnation}`, { documentId, incarnation })
  return [...unique.values()]
}
