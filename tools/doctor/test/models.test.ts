import { type Test, test } from 'tap'
import { startFakeOpenAi } from '../../fake-openai.ts'
import { doctor, faultsOf, startedFolder } from './open.ts'

async function installed(t: Test, more: Record<string, string> = {}) {
  const model = await startFakeOpenAi()
  t.teardown(() => model.close())
  const env = await startedFolder(t, {
    CHAT_MODEL: 'openai-compatible',
    EMBEDDER: 'openai-compatible',
    OPENAI_URL: model.url,
    OPENAI_CHAT_MODEL: 'fake-chat',
    OPENAI_EMBEDDING_MODEL: 'fake-embed',
    OPENAI_EMBEDDING_DIMENSIONS: '64',
    ...more,
  })
  const look = async (name: string) => faultsOf(await doctor(env), name)
  return { model, env, look }
}

/** No worker runs here, and none is waited for. */
async function withoutCanary(t: Test, more?: Record<string, string>) {
  const made = await installed(t, more)
  const { portsOf } = await import('./open.ts')
  await (await portsOf(t, made.env)).documents.lease('doctor', 'the test', 600_000)
  return made
}

test('models that answer are asked once each, and found well', async (t) => {
  const { model, look } = await withoutCanary(t)
  t.strictSame([...(await look('chat model')), ...(await look('embedder'))], [])
  t.match(model.counters, { chat: 2, embeddings: 2 }, 'twice, for two looks')
})

test('a model that is not known there is found', async (t) => {
  const { model, look } = await withoutCanary(t)
  model.faults.always({ status: 404, message: 'The model "fake-chat" does not exist.' })
  t.match(await look('chat model'), [/^problem .*does not exist.* -> Check the model's name .*OPENAI_CHAT_MODEL/])
  t.match(await look('embedder'), [/^problem .*OPENAI_EMBEDDING_MODEL/])
})

test('a model that is throttled is mentioned, with its time', async (t) => {
  const { model, look } = await withoutCanary(t)
  model.faults.always({ status: 429, retryAfter: '7' })
  t.match(await look('chat model'), [/^warning .*throttled; it says to come again in 7 s -> Wait/])
})

test('a model whose server is not there is found', async (t) => {
  const { model, look } = await withoutCanary(t)
  await model.close()
  t.match(await look('chat model'), [/^problem .*Is the model's server up, and its address right \(OPENAI_URL/])
})

test('an embedder that makes other dimensions than the settings say is found', async (t) => {
  const { model, look } = await withoutCanary(t)
  model.faults.always({ dimensions: 32 })
  t.match(await look('embedder'), [/^problem .*32.*64/])
})
