import { type Static, Type } from 'typebox'
import { CitationSchema } from './chat.ts'
import { NextCursor, oneOf, Time } from './common.ts'
import { FeedbackSchema } from './feedback.ts'

export const ConversationSchema = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    messages: Type.Integer({ description: 'How many messages it has.' }),
    created_at: Time(),
    updated_at: Time(),
  },
  { description: 'The conversation.' },
)

export const ConversationPage = Type.Object(
  { items: Type.Array(ConversationSchema), cursor: NextCursor },
  { description: "The caller's conversations, most recently used first." },
)

export const ConversationPatch = Type.Object(
  { title: Type.String({ minLength: 1, maxLength: 300, pattern: '\\S' }) },
  { additionalProperties: false, examples: [{ title: 'Laptops' }] },
)

export const MessageSchema = Type.Object({
  id: Type.String(),
  role: oneOf(['user', 'assistant']),
  content: Type.String(),
  citations: Type.Array(CitationSchema),
  redacted: Type.Boolean({ description: 'True when it stands on a document that is gone or hidden now.' }),
  meta: Type.Optional(
    Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      description: 'Route, model and usage.',
      additionalProperties: true,
    }),
  ),
  feedback: Type.Optional(FeedbackSchema),
  created_at: Time(),
})

export const MessagePage = Type.Object(
  { items: Type.Array(MessageSchema), cursor: NextCursor },
  { description: 'The messages, oldest first.' },
)

export type ConversationView = Static<typeof ConversationSchema>
export type MessageView = Static<typeof MessageSchema>
