import { KassError } from '../../errors.ts'
import type { Embedder } from '../../ports/embedder.ts'
import { createGate } from '../gate.ts'
import { type LeftOut, withoutRefused } from '../without-refused.ts'
import { readEmbeddings } from './embeddings.ts'
import { createUpstream } from './upstream.ts'

export interface OpenAiEmbedderOptions {
  url: string
  apiKey: string
  model: string
  /** To ask for; 0 leaves it to the model. */
  dimensions: number
  /** Texts in one request. */
  batch: number
  /** Requests under way at once. */
  concurrency: number
  /** Longest silence of the server, in milliseconds. */
  timeoutMs: number
}

/** Asked for in base64, which is quicker to read; servers that don't know the field answer in numbers all the same. */
const optionalFields = {
  encoding_format: /encoding_format|extra (fields|inputs)|unknown (field|param)|unrecogni[sz]ed/i,
}

/** Embeddings from `{url}/embeddings`. Questions go before documents that wait for their turn. */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder & { close(): Promise<void> } {
  const upstream = createUpstream({ ...options, connections: options.concurrency })
  const gate = createGate(options.concurrency)
  const refused = new Set<string>()
  let dimensions = options.dimensions

  async function embedBatch(texts: readonly string[], urgent: boolean, signal: AbortSignal): Promise<Float32Array[]> {
    const leave = await gate.enter({ urgent, signal })
    try {
      const response = await withoutRefused(refused, optionalFields, (leftOut) =>
        upstream.post('/embeddings', wireBody(options, texts, leftOut), signal),
      )
      const vectors = readEmbeddings(await response.body.json(), texts.length)
      for (const vector of vectors) {
        if (dimensions === 0) dimensions = vector.length
        if (vector.length !== dimensions) throw wrongDimensions(vector.length, dimensions)
      }
      return vectors
    } catch (error) {
      throw signal.aborted ? error : upstream.broken(error)
    } finally {
      leave()
    }
  }

  return {
    id: `openai:${options.model}${options.dimensions > 0 ? `:${options.dimensions}` : ''}`,
    close: upstream.close,
    async embed(texts, purpose, signal) {
      signal.throwIfAborted()
      const failure = new AbortController()
      const either = AbortSignal.any([signal, failure.signal])
      const batches: Promise<Float32Array[]>[] = []
      for (let at = 0; at < texts.length; at += options.batch) {
        batches.push(embedBatch(texts.slice(at, at + options.batch), purpose === 'query', either))
      }
      try {
        return (await Promise.all(batches)).flat()
      } catch (error) {
        // The other batches of a failed call would only cost money.
        failure.abort()
        await Promise.allSettled(batches)
        throw error
      }
    },
  }
}

function wireBody(options: OpenAiEmbedderOptions, texts: readonly string[], leftOut: LeftOut): object {
  return {
    model: options.model,
    // An empty text is refused by most servers.
    input: texts.map((text) => (text === '' ? ' ' : text)),
    ...(leftOut.has('encoding_format') ? {} : { encoding_format: 'base64' }),
    ...(options.dimensions > 0 ? { dimensions: options.dimensions } : {}),
  }
}

function wrongDimensions(found: number, expected: number): KassError {
  return new KassError('model_refused', {
    detail: `The embedding model gave ${found} dimensions where ${expected} were expected: see OPENAI_EMBEDDING_DIMENSIONS.`,
  })
}
