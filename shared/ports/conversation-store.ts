import type { Page } from './document-store.ts'

/** Whose conversations: they survive a rotation of the key. */
export interface Owner {
  tenant: string
  subject: string
}

/** A document that an answer stands on, in the life it had then. */
export interface SourceDocument {
  documentId: string
  incarnation: number
}

export interface Citation {
  number: number
  document_id: string
  path: string
  title: string
  section: string[]
  locator: string
  quote: string
}

export interface NewMessage {
  id: string
  role: 'user' | 'assistant'
  content: string
  createdAt: number
  /** Every document whose words were given to the model for this turn, from memory included. */
  sources: SourceDocument[]
  citations: Citation[]
  /** Route, model, usage and the like, as the answer reported them. */
  meta?: Record<string, unknown>
}

export interface StoredMessage extends NewMessage {
  conversationId: string
}

export interface Conversation {
  id: string
  title: string
  createdAt: number
  updatedAt: number
  messages: number
}

/** Keyed by owner and id: what another owner has under the same id cannot be seen, changed or guessed at. */
export interface ConversationStore {
  /** Adds a message and makes the conversation when there is none (titled after the first message). */
  append(owner: Owner, conversationId: string, message: NewMessage): Promise<void>
  get(owner: Owner, conversationId: string): Promise<Conversation | undefined>
  /** Most recently used first. */
  list(owner: Owner, page: { cursor?: string; limit: number }): Promise<Page<Conversation>>
  /** Oldest first; with `last`, only the last so many. */
  messages(owner: Owner, conversationId: string, page: { cursor?: string; limit: number }): Promise<Page<StoredMessage>>
  recent(owner: Owner, conversationId: string, limit: number): Promise<StoredMessage[]>
  message(owner: Owner, messageId: string): Promise<StoredMessage | undefined>
  /** False when there is no such conversation. */
  rename(owner: Owner, conversationId: string, title: string): Promise<boolean>
  /** With all messages; gives their ids. Undefined when there is no such conversation. */
  remove(owner: Owner, conversationId: string): Promise<string[] | undefined>
}
