import { type Test, test } from 'tap'
import { rerankerContract } from '../../../test/contracts/reranker.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createBedrockReranker } from '../reranker.ts'
import { json, refused, type Script, scripted, silent } from './scripted.ts'

const never = () => new AbortController().signal
const words = (text: string): string[] => text.toLowerCase().match(/\w+/g) ?? []

/** Ranks by the share of the query's words. */
const ranking: Script = (response, seen) => {
  const { query = '', documents = [] } = seen.body
  const asked = new Set(words(query))
  const results = documents
    .map((document, index) => {
      const found = new Set(words(document).filter((word) => asked.has(word)))
      return { index, relevance_score: found.size / asked.size }
    })
    .sort((a, b) => b.relevance_score - a.relevance_score)
  return json({ results })(response, seen)
}

async function rerankerFor(t: Test, { model = '', ...options }: Partial<AwsOptions> & { model?: string } = {}) {
  const service = await scripted(t, options, ranking)
  return { service, reranker: createBedrockReranker({ bedrock: service.bedrock, model, warn: () => {} }) }
}

rerankerContract('bedrock, Cohere', async (t) => (await rerankerFor(t)).reranker)
rerankerContract('bedrock, Amazon', async (t) => (await rerankerFor(t, { model: 'amazon.rerank-v1:0' })).reranker)

test('bedrock reranker: each family is asked in its own words, and for every passage', async (t) => {
  const cohere = await rerankerFor(t)
  await cohere.reranker.rerank('leave', ['a', 'b'], never())
  t.match(cohere.service.requests, [
    {
      operation: 'invoke',
      model: 'cohere.rerank-v3-5:0',
      body: { api_version: 2, query: 'leave', documents: ['a', 'b'], top_n: 2 },
    },
  ])
  const amazon = await rerankerFor(t, { model: 'amazon.rerank-v1:0' })
  await amazon.reranker.rerank('leave', ['a', 'b'], never())
  t.equal(amazon.service.requests[0]?.body.api_version, undefined)
})

test('bedrock reranker: a passage that is too long is cut', async (t) => {
  const { service, reranker } = await rerankerFor(t)
  await reranker.rerank('q'.repeat(100_000), ['p'.repeat(100_000), 'short'], never())
  const { query = '', documents: [long = '', short] = [] } = service.requests[0]?.body ?? {}
  t.ok(query.length > 0 && query.length <= 4096)
  t.ok(long.length > 0 && long.length <= 12_288)
  t.equal(short, 'short')
})

test('bedrock reranker: wrong data is model_failed, what the service refuses keeps its code', async (t) => {
  const { service, reranker } = await rerankerFor(t)
  const wrong: [Script, string][] = [
    [json({}), 'model_failed'],
    [json({ results: [{ index: 0, relevance_score: 1 }] }), 'model_failed'],
    [json({ results: [0, 0].map((index) => ({ index, relevance_score: 1 })) }), 'model_failed'],
    [json({ results: [0, 7].map((index) => ({ index, relevance_score: 1 })) }), 'model_failed'],
    [json({ results: [0, 1].map((index) => ({ index, relevance_score: 'much' })) }), 'model_failed'],
    [refused(429, 'ThrottlingException'), 'model_throttled'],
    [refused(400, 'ValidationException'), 'model_refused'],
  ]
  for (const [script, code] of wrong) {
    service.next(script)
    await t.rejects(reranker.rerank('q', ['a', 'b'], never()), { code })
  }
})

test('bedrock reranker: an abort ends the call', async (t) => {
  const { service, reranker } = await rerankerFor(t)
  service.always(silent)
  const abort = new AbortController()
  const call = reranker.rerank('q', ['a', 'b'], abort.signal)
  await service.arrived(1)
  abort.abort()
  await t.rejects(call, { name: 'AbortError' })
  await service.ended()
})

test('bedrock reranker: a model that does not rerank is refused at the start', async (t) => {
  const { service } = await rerankerFor(t)
  const make = () =>
    createBedrockReranker({ bedrock: service.bedrock, model: 'amazon.titan-embed-text-v2:0', warn: () => {} })
  t.throws(make, { message: /does not rerank/ })
})
