import { type Test, test } from 'tap'
import { embedderContract } from '../../../test/contracts/embedder.ts'
import { hashingVector } from '../../../test/hashing-embedder.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createBedrockEmbedder } from '../embedder.ts'
import { fitted } from '../embedding-format.ts'
import { json, refused, type Script, type Scripted, scripted, silent } from './scripted.ts'

const never = () => new AbortController().signal
const texts = Array.from({ length: 30 }, (_, at) => `text ${at}`)

/** Both families, as the service answers them. */
const vectors: Script = (response, seen) => {
  const { inputText = '', dimensions = 1024, texts: many, output_dimension = 1024 } = seen.body
  const vector = (text: string, size: number) => [...hashingVector(text, size)]
  if (many === undefined)
    return json({ embedding: vector(inputText, dimensions), inputTextTokenCount: 1 })(response, seen)
  const float = many.map((text) => vector(text, output_dimension))
  return json({ response_type: 'embeddings_by_type', embeddings: { float } })(response, seen)
}

interface Options extends Partial<AwsOptions> {
  model?: string
  dimensions?: number
  callsAtOnce?: number
}

async function embedderFor(t: Test, { model = '', dimensions = 512, callsAtOnce = 4, ...options }: Options = {}) {
  const service = await scripted(t, options, vectors)
  const make = () =>
    createBedrockEmbedder({ bedrock: service.bedrock, model, dimensions, concurrency: callsAtOnce, warn: () => {} })
  return { service, make }
}

embedderContract('bedrock, Titan', async (t) => (await embedderFor(t)).make())
embedderContract('bedrock, Cohere', async (t) =>
  (await embedderFor(t, { model: 'cohere.embed-multilingual-v3', dimensions: 1024 })).make(),
)

test('bedrock embedder: Titan is asked for one text a call, in the dimensions wanted, and normalised', async (t) => {
  for (const dimensions of [256, 512, 1024]) {
    const { service, make } = await embedderFor(t, { dimensions })
    const embedder = make()
    const found = await embedder.embed(['one', 'two'], 'query', never())
    t.same(
      found.map(({ length }) => length),
      [dimensions, dimensions],
    )
    t.match(service.requests, [
      { operation: 'invoke', model: 'amazon.titan-embed-text-v2:0', body: { dimensions, normalize: true } },
      { body: { inputText: /one|two/ } },
    ])
    t.equal(embedder.id, `bedrock:amazon.titan-embed-text-v2:0:${dimensions}`)
  }
})

test('bedrock embedder: no more calls are under way than allowed, over all who embed', async (t) => {
  const { service, make } = await embedderFor(t, { callsAtOnce: 3, concurrency: 8 })
  const embedder = make()
  service.next(
    ...[1, 2, 3].map((): Script => (response, seen) => void service.arrived(3).then(() => vectors(response, seen))),
  )
  await Promise.all([embedder.embed(texts, 'document', never()), embedder.embed(texts, 'document', never())])
  t.equal(service.requests.length, 60)
  t.equal(service.most(), 3)
})

test('bedrock embedder: Cohere gets 96 texts a call, and knows questions from documents', async (t) => {
  const { service, make } = await embedderFor(t, { model: 'cohere.embed-v4:0', dimensions: 256 })
  const embedder = make()
  const many = Array.from({ length: 200 }, (_, at) => `text ${at}`)
  t.equal((await embedder.embed(many, 'document', never())).length, 200)
  t.same(service.requests.map(({ body }) => body.texts?.length).sort(), [8, 96, 96])
  t.match(service.requests[0]?.body, { input_type: 'search_document', output_dimension: 256, truncate: 'RIGHT' })
  await embedder.embed(['what'], 'query', never())
  t.match(service.requests.at(-1)?.body, { input_type: 'search_query' })
})

test('bedrock embedder: dimensions that the model does not have are refused at the start', async (t) => {
  const { service } = await embedderFor(t)
  const make = (model: string, dimensions: number) => () =>
    createBedrockEmbedder({ bedrock: service.bedrock, model, dimensions, concurrency: 1, warn: () => {} })
  t.throws(make('', 384), { message: /BEDROCK_EMBEDDING_DIMENSIONS=384.*1024, 512, 256/ })
  t.throws(make('cohere.embed-english-v3', 512), { message: /1024/ })
  t.throws(make('anthropic.claude-haiku-5-5', 512), { message: /no embedding model/ })
})

test('bedrock embedder: a text is cut to what the model takes, and never in the middle of a character', (t) => {
  const limits = { maxTokens: 8192, maxChars: 50_000 }
  t.equal(fitted('short', limits), 'short')
  t.equal(fitted(' \n', limits), '.')
  t.equal(fitted('x'.repeat(100_000), limits).length, 4 * 8192 - 1)
  t.ok(fitted('漢'.repeat(20_000), limits).length <= 8192)
  const emoji = fitted('😀'.repeat(40), { maxTokens: 1000, maxChars: 15 })
  t.equal(emoji, '😀'.repeat(7))
  t.end()
})

test('bedrock embedder: a text that the model itself finds too long is cut in half until it fits', async (t) => {
  const { service, make } = await embedderFor(t)
  const long = refused(400, 'ValidationException', 'Too many input tokens. Max input tokens: 8192, found: 9000')
  service.next(long, long)
  const text = '9,'.repeat(5000)
  const [vector] = await make().embed([text], 'document', never())
  t.equal(vector?.length, 512)
  t.same(
    service.requests.map(({ body }) => body.inputText?.length),
    [10_000, 5000, 2500],
  )
})

test('bedrock embedder: a failed call ends the others, and its error is the one that is seen', async (t) => {
  const { service, make } = await embedderFor(t)
  service.next(silent, refused(429, 'ThrottlingException', 'slow', { 'retry-after': '3' }), silent, silent)
  await t.rejects(make().embed(texts, 'document', never()), { code: 'model_throttled', retryAfterMs: 3000 })
  await service.ended(3)
  t.equal(service.requests.length, 4)
})

test('bedrock embedder: an abort ends the calls that are under way', async (t) => {
  const { service, make } = await embedderFor(t)
  service.always(silent)
  const abort = new AbortController()
  const call = make().embed(texts, 'document', abort.signal)
  await service.arrived(4)
  abort.abort()
  await t.rejects(call, { name: 'AbortError' })
  await service.ended(4)
})

test('bedrock embedder: silence is model_timeout, and wrong data is no vector', async (t) => {
  const quiet = await embedderFor(t, { timeoutMs: 150 })
  quiet.service.always(silent)
  await t.rejects(quiet.make().embed(['a'], 'query', never()), { code: 'model_timeout' })
  await quiet.service.ended()

  const { service, make } = await embedderFor(t)
  const wrong = async (answer: Script, code: string) => {
    service.next(answer)
    await t.rejects(make().embed(['a'], 'query', never()), { code })
  }
  await wrong(json({ embedding: [1, 2, 3] }), 'model_refused')
  await wrong(json({ embedding: Array(512).fill(0) }), 'model_failed')
  await wrong(json({ embedding: Array(512).fill('x') }), 'model_failed')
  await wrong(json({}), 'model_failed')
  await wrong((response) => void response.end('<html>'), 'model_failed')
  await wrong(
    (response) => void response.writeHead(200, { 'content-length': 100 }).write('{"emb', () => response.destroy()),
    'model_unavailable',
  )
})

test('bedrock embedder: a throttled embedder does not throttle the chat, whose guard is another', async (t) => {
  const { service, make } = await embedderFor(t, { breakerFailures: 1 })
  service.next(refused(500, 'InternalServerException'))
  const embedder = make()
  await t.rejects(embedder.embed(['a'], 'query', never()), { code: 'model_unavailable' })
  await t.rejects(embedder.embed(['a'], 'query', never()), { code: 'model_unavailable' })
  t.equal(service.requests.length, 1)
  t.equal(state(service, 'anthropic.claude-sonnet-5-5'), 'closed')
  t.equal(state(service, 'amazon.titan-embed-text-v2:0'), 'open')
})

const state = (service: Scripted, model: string) => service.bedrock.guard(model).state()
