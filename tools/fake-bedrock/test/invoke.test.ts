import { test } from 'tap'
import { get, list } from '../http.ts'
import { bedrock, titanEmbed } from './client.ts'

const english = 'cohere.embed-english-v3'
const fourth = 'cohere.embed-v4:0'
const purpose = { input_type: 'search_document' }

const numbers = (value: unknown): number[] => list(value).map(Number)
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

test('Titan gives a vector of the dimensions asked for, at length one unless it is not to be normalised', async (t) => {
  const { invoke } = await bedrock(t)
  for (const dimensions of [256, 512, 1024, undefined]) {
    const answer = await invoke(titanEmbed, { inputText: 'annual leave', ...(dimensions && { dimensions }) })
    const vector = numbers(get(answer, 'embedding'))
    t.equal(vector.length, dimensions ?? 1024)
    t.ok(Math.abs(dot(vector, vector) - 1) < 1e-5)
    t.same(get(get(answer, 'embeddingsByType'), 'float'), vector)
    t.equal(get(answer, 'inputTextTokenCount'), 3)
  }
  const raw = await invoke(titanEmbed, { inputText: 'annual leave', normalize: false })
  const vector = numbers(get(raw, 'embedding'))
  t.ok(dot(vector, vector) > 2)
})

test('the same text gives the same vector, and texts with words in common are near to each other', async (t) => {
  const { invoke } = await bedrock(t)
  const embed = async (inputText: string) => numbers(get(await invoke(titanEmbed, { inputText }), 'embedding'))
  const question = await embed('How many days of annual leave?')
  t.same(await embed('How many days of annual leave?'), question)
  const near = dot(question, await embed('Employees get 25 days of annual leave.'))
  const far = dot(question, await embed('The ball valve closes against the flow.'))
  t.ok(near > 0.5, `${near}`)
  t.ok(far < 0.2, `${far}`)
  t.ok(Math.abs(dot(await embed('the of'), await embed('the of')) - 1) < 1e-5, 'stop words alone have a vector too')
})

test('Cohere gives the vectors of a batch in its order, as a list or by type', async (t) => {
  const { fake, invoke } = await bedrock(t)
  const texts = Array.from({ length: 96 }, (_, at) => `clause ${at}`)
  const plain = await invoke(english, { texts, ...purpose })
  t.match(plain, { response_type: 'embeddings_floats', texts, id: String })
  const vectors = list(get(plain, 'embeddings')).map(numbers)
  t.same(new Set(vectors.map((vector) => vector.length)), new Set([1024]))
  const alone = await invoke(english, {
    texts: ['clause 41'],
    ...purpose,
    embedding_types: ['float', 'int8', 'ubinary'],
  })
  t.match(alone, { response_type: 'embeddings_by_type' })
  const byType = get(alone, 'embeddings')
  t.same(list(get(byType, 'float'))[0], vectors[41])
  t.ok(numbers(list(get(byType, 'int8'))[0]).every((value) => value >= -128 && value <= 127))
  t.equal(numbers(list(get(byType, 'ubinary'))[0]).length, 128)
  t.equal(fake.counters.texts, 97)
})

test('Cohere Embed 4 takes an output dimension, by its id and by a profile', async (t) => {
  const { invoke } = await bedrock(t)
  const body = { texts: ['a'], ...purpose, embedding_types: ['float'], output_dimension: 512, truncate: 'RIGHT' }
  for (const modelId of [fourth, `eu.${fourth}`]) {
    const answer = await invoke(modelId, body)
    t.equal(numbers(list(get(get(answer, 'embeddings'), 'float'))[0]).length, 512)
  }
})

test('rerankers give the documents in the order of their relevance', async (t) => {
  const { invoke } = await bedrock(t)
  const documents = ['Ball valves.', 'Employees get 25 days of annual leave.', 'Leave is requested in the portal.']
  const body = { query: 'How many days of annual leave?', documents, top_n: 2 }
  for (const [modelId, version] of [
    ['cohere.rerank-v3-5:0', { api_version: 2 }],
    ['amazon.rerank-v1:0', {}],
  ] as const) {
    const results = list(get(await invoke(modelId, { ...body, ...version }), 'results'))
    t.same(
      results.map((result) => get(result, 'index')),
      [1, 2],
    )
    const [first = 0, second = 0] = results.map((result) => Number(get(result, 'relevance_score')))
    t.ok(1 > first && first > second && second > 0)
  }
})

const refused: [why: string, modelId: string, body: object, message: RegExp][] = [
  ['no text', titanEmbed, { inputText: '' }, /expected minLength: 1, actual: 0/],
  ['too long a text', titanEmbed, { inputText: 'a'.repeat(50_001) }, /expected maxLength: 50000, actual: 50001/],
  ['too many tokens', titanEmbed, { inputText: '漢'.repeat(8193) }, /Too many input tokens\. Max input tokens: 8192/],
  ['other dimensions', titanEmbed, { inputText: 'a', dimensions: 384 }, /dimensions: 384/],
  ['an unknown field', titanEmbed, { inputText: 'a', texts: [] }, /extraneous key \[texts\] is not permitted/],
  ['more than 96 texts', english, { texts: Array(97).fill('a'), ...purpose }, /maximum item count: 96, found: 97/],
  ['no purpose', english, { texts: ['a'] }, /required key \[input_type\] not found/],
  [
    'more than 2048 characters, even when they may be truncated',
    english,
    { texts: ['a', 'b'.repeat(2049)], ...purpose, truncate: 'END' },
    /#\/texts\/1: expected maxLength: 2048, actual: 2049/,
  ],
  ['no version', 'cohere.rerank-v3-5:0', { query: 'a', documents: ['a'] }, /\[api_version\] not found/],
  ['no documents', 'amazon.rerank-v1:0', { query: 'a', documents: [] }, /minimum item count: 1/],
  ['a chat model', 'amazon.titan-text-express-v1', { inputText: 'a' }, /Converse/],
]

for (const [why, modelId, body, message] of refused) {
  test(`an invocation is refused as the service does: ${why}`, async (t) => {
    const { invoke } = await bedrock(t)
    await t.rejects(invoke(modelId, body), { name: 'ValidationException', message, $metadata: { httpStatusCode: 400 } })
  })
}
