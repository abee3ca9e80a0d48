import { createHash } from 'node:crypto'
import { countTokens } from '../../shared/text/tokens.ts'
import { type EmbeddingType, embedding, embeddingTypes, encoded, relevance } from './embeddings.ts'
import { get, list } from './http.ts'
import type { Model } from './models.ts'
import { ServiceError } from './service-error.ts'

/** What an InvokeModel gives back. */
export interface Invocation {
  body: object
  inputTokens: number
  texts: number
}

const refuse = (message: string) => new ServiceError('ValidationException', message)
const malformed = (why: string) => refuse(`Malformed input request: ${why}, please reformat your input and try again.`)

/**
 * Runs an embedding model or a reranker on the body of its own kind.
 * @param dimensions of the vectors, whatever was asked for
 * @throws ServiceError in the words of the service
 */
export function invoke(model: Model, body: unknown, dimensions?: number): Invocation {
  switch (model.kind) {
    case 'titan-embed':
      return titan(model, body, dimensions)
    case 'cohere-embed':
      return cohere(model, body, dimensions)
    case 'rerank':
      return rerank(model, body)
    default:
      throw refuse('This emulator answers for this model by Converse and ConverseStream only.')
  }
}

function permit(body: unknown, keys: readonly string[]): void {
  const extra = Object.keys(typeof body === 'object' && body !== null ? body : {}).find((key) => !keys.includes(key))
  if (extra !== undefined) throw malformed(`#: extraneous key [${extra}] is not permitted`)
}

function titan(model: Model, body: unknown, wrongDimensions?: number): Invocation {
  permit(body, ['inputText', 'dimensions', 'normalize', 'embeddingTypes'])
  const text = get(body, 'inputText')
  if (typeof text !== 'string') throw malformed('#: required key [inputText] not found')
  if (text === '') throw malformed('expected minLength: 1, actual: 0')
  if (text.length > (model.maxChars ?? text.length)) {
    throw malformed(`expected maxLength: ${model.maxChars}, actual: ${text.length}`)
  }
  const tokens = countTokens(text)
  if (tokens > model.context) {
    const found = `request input token count: ${tokens}`
    throw refuse(`400 Bad Request: Too many input tokens. Max input tokens: ${model.context}, ${found}`)
  }
  const asked = get(body, 'dimensions') ?? 1024
  if (asked !== 256 && asked !== 512 && asked !== 1024)
    throw malformed(`#/dimensions: ${asked} is not a valid enum value`)
  const vector = embedding(text, wrongDimensions ?? asked, get(body, 'normalize') !== false)
  const types = typesOf(get(body, 'embeddingTypes'), ['float', 'binary']) ?? ['float']
  // Titan's binary vectors have a number for each dimension, where those of Cohere have one for eight.
  const bits = () => vector.map((value) => (value > 0 ? 1 : 0))
  const embeddingsByType = Object.fromEntries(types.map((type) => [type, type === 'binary' ? bits() : vector]))
  const answer = { ...(types.includes('float') && { embedding: vector }), inputTextTokenCount: tokens }
  return { body: { ...answer, embeddingsByType }, inputTokens: tokens, texts: 1 }
}

function cohere(model: Model, body: unknown, wrongDimensions?: number): Invocation {
  const fourth = model.id.startsWith('cohere.embed-v4')
  const more = fourth ? ['output_dimension', 'max_tokens'] : []
  permit(body, ['texts', 'input_type', 'embedding_types', 'truncate', ...more])
  const texts = list(get(body, 'texts')).map(String)
  if (get(body, 'texts') === undefined) throw malformed('#: required key [texts] not found')
  if (texts.length > 96) throw malformed(`#/texts: expected maximum item count: 96, found: ${texts.length}`)
  const purpose = get(body, 'input_type')
  if (purpose === undefined) throw malformed('#: required key [input_type] not found')
  if (!['search_document', 'search_query', 'classification', 'clustering'].includes(String(purpose))) {
    throw malformed(`#/input_type: ${purpose} is not a valid enum value`)
  }
  // Refused before `truncate` is looked at, as the service does.
  const long = texts.findIndex((text) => text.length > (model.maxChars ?? text.length))
  if (long >= 0) {
    throw malformed(`#/texts/${long}: expected maxLength: ${model.maxChars}, actual: ${texts[long]?.length}`)
  }
  const truncate = get(body, 'truncate') ?? 'NONE'
  const ways = fourth ? ['NONE', 'LEFT', 'RIGHT'] : ['NONE', 'START', 'END']
  if (!ways.includes(String(truncate))) throw malformed(`#/truncate: ${truncate} is not a valid enum value`)
  const tokens = texts.map((text) => countTokens(text))
  if (truncate === 'NONE' && tokens.some((each) => each > model.context)) {
    throw refuse('Input is too long for requested model.')
  }
  const asked = fourth ? (get(body, 'output_dimension') ?? 1536) : 1024
  const sizes: unknown[] = fourth ? [256, 512, 1024, 1536] : [1024]
  if (typeof asked !== 'number' || !sizes.includes(asked)) {
    throw malformed(`#/output_dimension: ${asked} is not a valid enum value`)
  }
  const vectors = texts.map((text) => embedding(text, wrongDimensions ?? asked))
  const types = typesOf(get(body, 'embedding_types'), embeddingTypes)
  const embeddings =
    types === undefined
      ? vectors
      : Object.fromEntries(types.map((type) => [type, vectors.map((vector) => encoded(vector, type))]))
  const id = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32)
  const kind = types === undefined ? 'embeddings_floats' : 'embeddings_by_type'
  const inputTokens = tokens.reduce((sum, each) => sum + Math.min(each, model.context), 0)
  return { body: { id, response_type: kind, texts, embeddings }, inputTokens, texts: texts.length }
}

function typesOf(given: unknown, allowed: readonly EmbeddingType[]): EmbeddingType[] | undefined {
  if (given === undefined || given === null) return undefined
  return list(given).map((type) => {
    const known = allowed.find((each) => each === type)
    if (known === undefined) throw malformed(`#/embedding_types: ${type} is not a valid enum value`)
    return known
  })
}

function rerank(model: Model, body: unknown): Invocation {
  const versioned = model.id.startsWith('cohere.')
  permit(body, ['query', 'documents', 'top_n', 'api_version', 'max_tokens_per_doc'])
  const query = get(body, 'query')
  const documents = list(get(body, 'documents')).map(String)
  if (typeof query !== 'string' || query === '') throw malformed('#/query: expected minLength: 1, actual: 0')
  if (documents.length === 0) throw malformed('#/documents: expected minimum item count: 1, found: 0')
  if (documents.length > 1000)
    throw malformed(`#/documents: expected maximum item count: 1000, found: ${documents.length}`)
  if (versioned && get(body, 'api_version') !== 2) throw malformed('#: required key [api_version] not found')
  const top = get(body, 'top_n') ?? documents.length
  if (typeof top !== 'number' || !Number.isInteger(top) || top < 1)
    throw malformed(`#/top_n: ${top} is not greater or equal to 1`)
  const results = documents
    .map((document, index) => ({ index, relevance_score: relevance(query, document) }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, top)
  const inputTokens = documents.reduce((sum, document) => sum + countTokens(document), countTokens(query))
  return { body: { results }, inputTokens, texts: documents.length }
}
