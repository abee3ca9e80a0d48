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

export const ratings = ['up', 'down'] as const

/** What the owner of a message thinks of it. */
export interface Feedback {
  rating: (typeof ratings)[number]
  comment?: string
  /** When it was given, in milliseconds since 1970. */
  at: number
}

export interface StoredMessage extends NewMessage {
  conversationId: string
  /** The latest one only. */
  feedback?: Feedback
}

/** How old things may get: what is older than its time (milliseconds since 1970) is over; left out: kept. */
export interface Expiry {
  /** By when a conversation was used last. */
  conversations?: number
  /** By when it was given. */
  feedback?: number
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
  /** Keeps what the owner thinks of a message, instead of what it thought before. False when there is no such message. */
  rate(owner: Owner, messageId: string, feedback: Feedback): Promise<boolean>
  /** The messages of a tenant that have feedback, of all its owners, in the order in which it was given. */
  rated(tenant: string, page: { cursor?: string; limit: number }): Promise<Page<StoredMessage>>
  /**
   * Removes what is over, at most `limit` conversations and as many feedbacks in one call. Gives the ids of the messages
   * that went with the conversations, and whether there may be more.
   */
  expire(over: Expiry, limit: number): Promise<{ messages: string[]; more: boolean }>
}
