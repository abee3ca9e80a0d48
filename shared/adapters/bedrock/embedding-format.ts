import { KassError } from '../../errors.ts'
import type { EmbeddingPurpose } from '../../ports/embedder.ts'
import { countTokens } from '../../text/tokens.ts'
import { field, unitVector } from '../wire-values.ts'
import type { ModelEntry } from './catalogue.ts'

/** How one family of embedding models is asked. */
export interface EmbeddingFormat {
  /** Texts in one request. */
  batch: number
  body(texts: readonly string[], purpose: EmbeddingPurpose): object
  /** The vectors of an answer, as they came. */
  vectors(answer: unknown): unknown
}

type Family = NonNullable<ModelEntry['embedding']>['format']

/** The words of a family; `dimensions` is one that its model can give. */
export function embeddingFormat(family: Family, dimensions: number): EmbeddingFormat {
  if (family === 'titan') {
    return {
      batch: 1,
      body: ([inputText]) => ({ inputText, dimensions, normalize: true, embeddingTypes: ['float'] }),
      vectors: (answer) => [field(answer, 'embedding') ?? field(field(answer, 'embeddingsByType'), 'float')],
    }
  }
  const own = family === 'cohere-v3' ? { truncate: 'END' } : { truncate: 'RIGHT', output_dimension: dimensions }
  return {
    batch: 96,
    body: (texts, purpose) => ({
      texts,
      input_type: purpose === 'query' ? 'search_query' : 'search_document',
      embedding_types: ['float'],
      ...own,
    }),
    vectors(answer) {
      const embeddings = field(answer, 'embeddings')
      return Array.isArray(embeddings) ? embeddings : field(embeddings, 'float')
    },
  }
}

/**
 * Vectors of length one, one for each text.
 * @throws KassError model_failed when there are others than were asked for, model_refused when they are of another size
 */
export function readVectors(found: unknown, count: number, dimensions: number): Float32Array[] {
  if (!Array.isArray(found) || found.length !== count) throw failed(`${count} vectors were asked for, and not given`)
  return found.map((numbers: unknown) => {
    if (!Array.isArray(numbers)) throw failed('a vector is missing')
    if (numbers.length !== dimensions) {
      const why = `The embedding model gave ${numbers.length} dimensions where ${dimensions} were expected.`
      throw new KassError('model_refused', { detail: `${why} See BEDROCK_EMBEDDING_DIMENSIONS.` })
    }
    const vector = unitVector(Float32Array.from(numbers))
    if (vector === undefined) throw failed('a vector has no direction')
    return vector
  })
}

/**
 * As much of a text as the model takes, from its beginning: no more characters than it allows, and about as many
 * tokens. A text without a word becomes a full stop, since empty ones are refused.
 */
export function fitted(text: string, limits: { maxTokens: number; maxChars: number }): string {
  if (text.trim() === '') return '.'
  let cut = shortened(text, limits.maxChars)
  for (let tokens = countTokens(cut); tokens > limits.maxTokens; tokens = countTokens(cut)) {
    cut = shortened(cut, Math.floor((cut.length * limits.maxTokens) / tokens) - 1)
  }
  return cut
}

/** The first `length` code units of a text, without one half of a character. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

function failed(what: string): KassError {
  return new KassError('model_failed', { detail: `The embeddings cannot be used: ${what}.` })
}
