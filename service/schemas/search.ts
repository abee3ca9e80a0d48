import { type Static, Type } from 'typebox'
import type { Config } from '../../shared/config.ts'
import type { SearchMode } from '../../shared/retrieval/types.ts'
import { FiltersSchema, Limit, MetadataOutput, oneOf } from './common.ts'

const modes: readonly SearchMode[] = ['hybrid', 'text', 'vector']

export const searchRequest = (config: Config) =>
  Type.Object(
    {
      query: Type.String({
        minLength: 1,
        maxLength: config.MAX_MESSAGE_CHARS,
        pattern: '\\S',
        description: 'What to look for, in plain words.',
      }),
      limit: Limit(10),
      filters: Type.Optional(FiltersSchema),
      mode: Type.Optional(
        oneOf(modes, { description: 'By words and meaning (`hybrid`, the default), by words, or by meaning.' }),
      ),
    },
    { additionalProperties: false, examples: [{ query: 'when a laptop is replaced', limit: 5 }] },
  )

const Scores = Type.Object(
  { text: Type.Optional(Type.Number()), vector: Type.Optional(Type.Number()) },
  { description: 'BM25 and cosine similarity, for callers who see every group.' },
)

export const SearchResult = Type.Object({
  document_id: Type.String(),
  path: Type.String(),
  title: Type.String(),
  content_type: Type.String(),
  section: Type.Array(Type.String(), { description: 'The headings above the passage, outermost first.' }),
  locator: Type.String({ description: 'Where it opens: `page 3`, `lines 10-24`, `Sheet1!A12:F18`, `rows 12-18`.' }),
  kind: Type.String({ description: '`text`, `rows` or `table-summary`.' }),
  text: Type.String(),
  score: Type.Number({ description: 'From 0 to 1, best first.' }),
  scores: Scores,
  tags: Type.Array(Type.String()),
  metadata: MetadataOutput,
})

export const SearchResponse = Type.Object(
  {
    query: Type.String(),
    results: Type.Array(SearchResult),
    count: Type.Integer(),
    mode: oneOf(modes, { description: 'What was really searched.' }),
    notice: Type.Optional(Type.String({ description: 'Why `mode` is not what was asked for.' })),
  },
  {
    description: 'The passages found, best first.',
    examples: [
      {
        query: 'when a laptop is replaced',
        results: [
          {
            document_id: 'doc_5r2kq3tz7vh4xw6m2ycnb4pa',
            path: 'company/employee-handbook.pdf',
            title: 'Employee handbook',
            content_type: 'application/pdf',
            section: [],
            locator: 'page 8',
            kind: 'text',
            text: 'A laptop is replaced after 42 months, or earlier when its repair would cost more than 300 euros.',
            score: 1,
            scores: { text: 8.4 },
            tags: ['hr'],
            metadata: { year: 2026 },
          },
        ],
        count: 1,
        mode: 'text',
      },
    ],
  },
)

export type SearchResponse = Static<typeof SearchResponse>
