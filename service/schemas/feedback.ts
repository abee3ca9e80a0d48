import { type Static, Type } from 'typebox'
import { ratings } from '../../shared/ports/conversation-store.ts'
import { NextCursor, oneOf, Time } from './common.ts'

export const longestComment = 4_000

export const FeedbackInput = Type.Object(
  {
    rating: oneOf(ratings),
    comment: Type.Optional(
      Type.String({ minLength: 1, maxLength: longestComment, pattern: '\\S', description: 'Why.' }),
    ),
  },
  { additionalProperties: false, examples: [{ rating: 'down', comment: 'That was the rule of last year.' }] },
)

const given = {
  rating: oneOf(ratings),
  comment: Type.Optional(Type.String()),
  given_at: Time(),
}

export const FeedbackSchema = Type.Object(given, {
  description: 'What the owner thinks of the message.',
  examples: [{ rating: 'down', comment: 'That was the rule of last year.', given_at: '2026-01-31T09:30:00.000Z' }],
})
export type FeedbackView = Static<typeof FeedbackSchema>

export const RatedAnswer = Type.Object({
  message_id: Type.String({ description: 'The answer.' }),
  question_id: Type.Optional(Type.String({ description: 'The question that it answers.' })),
  conversation_id: Type.String(),
  ...given,
  model: Type.Optional(Type.String()),
  route: Type.Optional(Type.String()),
  redacted: Type.Boolean({
    description:
      'True when the answer stands on a document that is gone or hidden from the caller: the comment is left out.',
  }),
})
export type RatedAnswer = Static<typeof RatedAnswer>

export const FeedbackPage = Type.Object(
  { items: Type.Array(RatedAnswer), cursor: NextCursor },
  {
    description: 'In the order in which it was given; what was rated again stands at its new place.',
    examples: [
      {
        items: [
          {
            message_id: '01K0G3Z3Q2J8W9V5T1N6R4M7XC',
            question_id: '01K0G3Z3Q2J8W9V5T1N6R4M7XB',
            conversation_id: 'leave',
            rating: 'down',
            comment: 'That was the rule of last year.',
            given_at: '2026-01-31T09:30:00.000Z',
            model: 'extractive',
            route: 'documents',
            redacted: false,
          },
        ],
      },
    ],
  },
)
