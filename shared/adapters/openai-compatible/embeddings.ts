import { KassError } from '../../errors.ts'
import { field, unitVector } from '../wire-values.ts'

/**
 * The vectors of an embeddings answer in the order of the texts, each of length one.
 * @throws KassError model_failed when vectors are missing, doubled or not made of numbers
 */
export function readEmbeddings(answer: unknown, count: number): Float32Array[] {
  const data = field(answer, 'data')
  if (!Array.isArray(data) || data.length !== count) throw failed(`${count} vectors were asked for, and not given`)
  const vectors: (Float32Array | undefined)[] = new Array(count).fill(undefined)
  data.forEach((entry: unknown, position) => {
    const index = field(entry, 'index') ?? position
    if (typeof index !== 'number' || !(index in vectors) || vectors[index] !== undefined) {
      throw failed('a vector has no place of its own')
    }
    vectors[index] = normalised(numbers(field(entry, 'embedding')))
  })
  return vectors.filter((vector) => vector !== undefined)
}

function numbers(embedding: unknown): Float32Array {
  if (typeof embedding === 'string') {
    const bytes = Buffer.from(embedding, 'base64')
    if (bytes.length === 0 || bytes.length % 4 !== 0) throw failed('a vector is not whole')
    const vector = new Float32Array(bytes.length / 4)
    // Little-endian by the format, whatever this machine is.
    for (let i = 0; i < vector.length; i++) vector[i] = bytes.readFloatLE(i * 4)
    return vector
  }
  if (Array.isArray(embedding) && embedding.length > 0) return Float32Array.from(embedding)
  throw failed('a vector is missing')
}

function normalised(vector: Float32Array): Float32Array {
  const unit = unitVector(vector)
  if (unit === undefined) throw failed('a vector has no direction')
  return unit
}

function failed(what: string): KassError {
  return new KassError('model_failed', { detail: `The embeddings cannot be used: ${what}.` })
}
