import { traceKey } from '../../shared/documents/trace-key.ts'
import type { ConversationStore } from '../../shared/ports/conversation-store.ts'
import type { DocumentStore } from '../../shared/ports/document-store.ts'
import type { DerivedStore } from '../../shared/ports/object-store.ts'
import type { Principal } from '../principal.ts'
import type { TracedPassage } from './made.ts'
import type { AnswerTrace } from './types.ts'
import { visibility } from './visibility.ts'

/** A trace at rest: whose it is, and the life of each passage's document. */
export interface StoredTrace extends Omit<AnswerTrace, 'passages' | 'withheld'> {
  owner: { tenant: string; subject: string }
  passages: TracedPassage[]
}

interface Stores {
  conversations: ConversationStore
  documents: DocumentStore
  derived: DerivedStore
}

/** What one of the caller's answers was made from, without what the caller may no longer see. */
export async function readTrace(
  stores: Stores,
  caller: Principal,
  messageId: string,
): Promise<AnswerTrace | undefined> {
  const message = await stores.conversations.message(caller, messageId)
  if (message === undefined) return undefined
  const stored = await stores.derived.get(traceKey(message.id))
  if (stored === undefined) return undefined
  const { owner, passages, ...trace }: StoredTrace = JSON.parse(stored.toString('utf8'))
  if (owner.tenant !== caller.tenant || owner.subject !== caller.subject) return undefined
  const seen = passages.map(({ entry, incarnation }) => ({ documentId: entry.document_id, incarnation }))
  const visible = await visibility(stores.documents, caller, [...seen, ...message.sources])
  const shown = passages.filter((_, at) => visible(seen[at] ?? { documentId: '', incarnation: 0 }))
  return {
    ...trace,
    // A rewritten question repeats words of the answers before it.
    searched: message.sources.every(visible) ? trace.searched : trace.question,
    passages: shown.map((passage) => passage.entry),
    withheld: passages.length - shown.length,
  }
}
