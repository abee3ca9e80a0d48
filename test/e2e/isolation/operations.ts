import fc from 'fast-check'

/** What a caller does next. Numbers choose among what there is at that time. */
export type Operation =
  | { kind: 'upload'; caller: number; slot: number; groups: string | undefined; fresh: boolean }
  | { kind: 'patch'; caller: number; document: number; groups: string[] | undefined; retitle: boolean }
  | { kind: 'remove' | 'reindex'; caller: number; document: number }
  | { kind: 'read'; caller: number; document: number; what: '' | '/content' | '/chunks' }
  | {
      kind: 'search'
      caller: number
      mode: 'hybrid' | 'text' | 'vector'
      query: Query
      filter: Filter
      document: number
    }
  | {
      kind: 'chat'
      caller: number
      stream: boolean
      conversation: number
      question: number
      filter: Filter
      document: number
    }
  | { kind: 'list'; caller: number; limit: number }
  | { kind: 'remove-prefix'; caller: number; limit: number; slot: number | undefined }
  | { kind: 'conversations'; caller: number; limit: number }
  | { kind: 'conversation'; caller: number; conversation: number; what: Look }
  | { kind: 'trace' | 'feedback'; caller: number; answer: number }
  | { kind: 'settle' }

export type Look = 'look' | 'read' | 'rename' | 'forget'
export type Query = 'plain' | 'guess'
export type Filter = 'none' | 'path' | 'document' | 'tag' | 'metadata'

/** Documents of a tenant. */
export const slots = 4
export const questions = [
  'What is the secret code of the harbour plan?',
  'Who may know the code of the plan?',
  'And what is it called?',
  'Hello, what can you help me with?',
]

const caller = fc.nat(11)
/** One of the caller's tenant, three times of four; else one of the other tenant. */
const document = fc.nat(4 * slots - 1)
/** Without a name, or one of two names that everybody uses. */
const conversation = fc.constantFrom(0, 1, 1, 1, 2)
const filter = fc.constantFrom<Filter>('none', 'none', 'path', 'document', 'tag', 'metadata')
const kind = <T extends string>(name: T) => fc.constant(name)

const upload = fc.record({
  kind: kind('upload'),
  caller,
  slot: fc.nat(slots - 1),
  groups: fc.constantFrom(undefined, '', 'x', 'y', 'x,y'),
  fresh: fc.boolean(),
})
const chat = fc.record({
  kind: kind('chat'),
  caller,
  stream: fc.boolean(),
  conversation,
  question: fc.constantFrom(0, 0, 0, 1, 2, 3),
  filter,
  document,
})

/** Sequences that begin with some documents, so that there is something to see. */
export const sequences: fc.Arbitrary<Operation[]> = fc
  .tuple(
    fc.array(upload, { minLength: 4, maxLength: 8, size: 'max' }),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: upload },
        {
          weight: 3,
          arbitrary: fc.record({
            kind: kind('patch'),
            caller,
            document,
            groups: fc.option(fc.subarray(['x', 'y']), { nil: undefined }),
            retitle: fc.boolean(),
          }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove', 'reindex'), caller, document }) },
        {
          weight: 3,
          arbitrary: fc.record({
            kind: kind('read'),
            caller,
            document,
            what: fc.constantFrom('' as const, '/content' as const, '/chunks' as const),
          }),
        },
        {
          weight: 4,
          arbitrary: fc.record({
            kind: kind('search'),
            caller,
            mode: fc.constantFrom('hybrid' as const, 'text' as const, 'vector' as const),
            query: fc.constantFrom<Query>('plain', 'guess'),
            filter,
            document,
          }),
        },
        { weight: 6, arbitrary: chat },
        { weight: 1, arbitrary: fc.record({ kind: kind('list'), caller, limit: fc.integer({ min: 1, max: 3 }) }) },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: kind('remove-prefix'),
            caller,
            limit: fc.integer({ min: 1, max: 3 }),
            slot: fc.constantFrom(undefined, 0, 0, 1, 1, 2, 2),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({ kind: kind('conversations'), caller, limit: fc.integer({ min: 1, max: 3 }) }),
        },
        {
          weight: 5,
          arbitrary: fc.record({
            kind: kind('conversation'),
            caller,
            conversation: fc.constantFrom(1, 1, 1, 2),
            what: fc.constantFrom(
              'look' as const,
              'read' as const,
              'read' as const,
              'rename' as const,
              'forget' as const,
            ),
          }),
        },
        {
          weight: 3,
          arbitrary: fc.record({ kind: fc.constantFrom('trace', 'trace', 'feedback'), caller, answer: fc.nat(20) }),
        },
        { weight: 4, arbitrary: fc.record({ kind: kind('settle') }) },
      ),
      { minLength: 10, maxLength: 60, size: 'max' },
    ),
  )
  .map(([uploads, rest]) => [...uploads, { kind: 'settle' }, ...rest])
