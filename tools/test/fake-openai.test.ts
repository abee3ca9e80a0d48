import { test } from 'tap'
import { hashingEmbedding } from '../fake-openai/embeddings.ts'
import { get } from '../fake-openai/http.ts'
import { startFakeOpenAi } from '../fake-openai.ts'

const post = async (url: string, body: object) =>
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const prompt =
  '<source number="1" title="a">\nCats sleep.\n</source>\n<source number="2">\nDogs bark loudly.\n</source>\n\nQuestion: What do dogs do?'

test('it answers from the numbered sources, whole or streamed, always the same', async (t) => {
  const fake = await startFakeOpenAi()
  t.teardown(() => fake.close())
  const body = { model: 'm', messages: [{ role: 'user', content: prompt }] }
  const whole = await (await post(`${fake.url}/chat/completions`, body)).json()
  t.match(whole, {
    choices: [{ message: { content: 'According to the documents: Dogs bark loudly. [2]' }, finish_reason: 'stop' }],
  })
  const stream = await (
    await post(`${fake.url}/chat/completions`, { ...body, stream: true, stream_options: { include_usage: true } })
  ).text()
  const said = [...stream.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text).join('')
  t.equal(said, 'According to the documents: Dogs bark loudly. [2]')
  t.match(stream, /"usage":.*\n\ndata: \[DONE\]\n\n$/s)
  t.same(
    { ...fake.counters, connections: 0, chunks: 0 },
    {
      chat: 2,
      embeddings: 0,
      models: 0,
      texts: 0,
      embeddingsAtOnce: 0,
      finished: 2,
      aborted: 0,
      chunks: 0,
      connections: 0,
    },
  )
})

test('it embeds in the dimensions asked for, as numbers or base64, and lists its models', async (t) => {
  const fake = await startFakeOpenAi()
  t.teardown(() => fake.close())
  const ask = async (more: object): Promise<unknown> => {
    const response = await post(`${fake.url}/embeddings`, { model: 'e', input: ['a b', 'c'], dimensions: 8, ...more })
    return get([get(await response.json(), 'data')].flat()[1], 'embedding')
  }
  const numbers = await ask({})
  const base64 = await ask({ encoding_format: 'base64' })
  const bytes = Buffer.from(String(base64), 'base64')
  t.same(
    [numbers].flat().map(Number).map(Math.fround),
    [0, 1, 2, 3, 4, 5, 6, 7].map((at) => bytes.readFloatLE(at * 4)),
  )
  t.match(await (await fetch(`${fake.url}/models`)).json(), { object: 'list' })
  t.equal(fake.counters.texts, 4)
})

test('texts that share words are nearer to each other than texts that do not', async (t) => {
  const near = (a: string, b: string) =>
    hashingEmbedding(a).reduce((sum, value, at) => sum + value * (hashingEmbedding(b)[at] ?? 0), 0)
  t.ok(near('annual leave for employees', 'Leave of employees') > near('annual leave for employees', 'hydraulic hose'))
})

test('it stops in the middle of a stream for as long as it is told to', async (t) => {
  const fake = await startFakeOpenAi()
  t.teardown(() => fake.close())
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>()
  fake.faults.next({ pauseAfter: 2, goOn, reply: 'one two three' })
  const body = { model: 'm', stream: true, messages: [{ role: 'user', content: 'x' }] }
  const answer = post(`${fake.url}/chat/completions`, body).then((response) => response.text())
  await fake.until(({ chunks }) => chunks === 2)
  t.equal(fake.counters.finished, 0)
  letGo()
  t.match(await answer, /three.*\[DONE\]/s)
})
