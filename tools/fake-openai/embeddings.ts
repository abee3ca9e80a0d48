const defaultDimensions = 384
const offset = 2166136261
const prime = 16777619

/** Words hashed (FNV-1a) into the dimensions with a sign, length one. Quick on purpose: the bench stands on it. */
export function hashingEmbedding(text: string, dimensions = defaultDimensions): Float32Array {
  const vector = new Float32Array(dimensions)
  let hash = offset
  let length = 0
  for (let i = 0; i <= text.length; i++) {
    let code = i < text.length ? text.charCodeAt(i) : 32
    if (code >= 65 && code <= 90) code += 32
    const inWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127
    if (inWord) {
      hash = Math.imul(hash ^ code, prime)
      length++
    } else if (length > 0) {
      const at = (hash >>> 1) % dimensions
      vector[at] = (vector[at] ?? 0) + (hash & 1 ? 1 : -1)
      hash = offset
      length = 0
    }
  }
  return unit(vector)
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  if (sum === 0) {
    vector[0] = 1
    return vector
  }
  const factor = 1 / Math.sqrt(sum)
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * factor
  return vector
}

/** The body of an embeddings answer. */
export function embeddingsBody(texts: readonly string[], model: string, dimensions: number, base64: boolean): string {
  const size = dimensions > 0 ? dimensions : defaultDimensions
  const data = texts.map((text, index) => {
    const vector = hashingEmbedding(text, size)
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
    return { object: 'embedding', index, embedding: base64 ? bytes.toString('base64') : Array.from(vector) }
  })
  const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0)
  return JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } })
}
