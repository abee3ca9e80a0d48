import { integer, type Setting, text } from './kinds.ts'

/** Models on Bedrock, by their roles; ids or inference profiles. */
export const bedrockSettings = {
  BEDROCK_STRONG_MODEL: text('Model that writes the answers; a default of the catalogue when empty'),
  BEDROCK_FAST_MODEL: text(
    'Model for small steps, such as rewriting a question; a default of the catalogue when empty',
  ),
  BEDROCK_EMBEDDING_MODEL: text('Model that makes vectors; a default of the catalogue when empty'),
  BEDROCK_RERANK_MODEL: text('Model that reranks; a default of the catalogue when empty'),
  BEDROCK_EMBEDDING_DIMENSIONS: integer('Dimensions of the vectors', 512, 64, 4096),
  RERANK_DEPTH: integer('Passages that are reranked, the best of the fused search', 50, 2, 200),
  RERANK_TIMEOUT_MS: integer('After this time a search goes on without the reranker', 1_500, 50, 60_000),
  BEDROCK_GUARDRAIL_ID: text('Guardrail that questions and answers pass through'),
  BEDROCK_GUARDRAIL_VERSION: text('Version of that guardrail', 'DRAFT'),
} as const satisfies Record<string, Setting<unknown>>
