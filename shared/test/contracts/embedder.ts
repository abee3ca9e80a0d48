import { type Test, test } from 'tap'
import type { Embedder } from '../../ports/embedder.ts'

const never = () => new AbortController().signal
const cosine = (a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

const texts = Array.from({ length: 23 }, (_, at) => `Clause ${at} of the contract with supplier number ${at * 7}.`)

/** What every Embedder promises. `make` gives one whose requests, where it sends any, hold fewer texts than 23. */
export function embedderContract(name: string, make: (t: Test) => Promise<Embedder>): void {
  test(`${name}: the order of the texts is kept, however many there are`, async (t) => {
    const embedder = await make(t)
    const together = await embedder.embed(texts, 'document', never())
    t.equal(together.length, texts.length)
    for (const [at, text] of texts.entries()) {
      const [alone] = await embedder.embed([text], 'document', never())
      t.ok(cosine(alone, together[at]) > 0.9999, text)
    }
  })

  test(`${name}: the same text gives the same vector`, async (t) => {
    const embedder = await make(t)
    const [first, second] = await embedder.embed(['annual leave', 'annual leave'], 'document', never())
    t.same(first, second)
  })

  test(`${name}: different texts give different vectors`, async (t) => {
    const embedder = await make(t)
    const [first, second] = await embedder.embed(['annual leave', 'ball valve'], 'document', never())
    t.ok(cosine(first, second) < 0.99)
  })

  test(`${name}: every vector has length one and the same dimensions, that of an empty text included`, async (t) => {
    const embedder = await make(t)
    const vectors = await embedder.embed([...texts, '', '   ', '…'], 'document', never())
    t.same(new Set(vectors.map((vector) => vector.length)).size, 1)
    for (const vector of vectors) t.ok(Math.abs(cosine(vector, vector) - 1) < 1e-4)
  })

  test(`${name}: no texts give no vectors`, async (t) => {
    const embedder = await make(t)
    t.same(await embedder.embed([], 'document', never()), [])
  })

  test(`${name}: an abort rejects`, async (t) => {
    const embedder = await make(t)
    await t.rejects(embedder.embed(texts, 'document', AbortSignal.abort()))
  })

  test(`${name}: calls at the same time each get their own vectors`, async (t) => {
    const embedder = await make(t)
    const expected = await embedder.embed(texts, 'query', never())
    const calls = await Promise.all(texts.map((text) => embedder.embed([text], 'query', never())))
    for (const [at, [vector]] of calls.entries()) t.ok(cosine(vector, expected[at]) > 0.9999)
  })

  test(`${name}: names the model that made its vectors`, async (t) => {
    const embedder = await make(t)
    t.not(embedder.id, '')
  })
}
