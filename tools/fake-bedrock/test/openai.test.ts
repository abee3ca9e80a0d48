import { test } from 'tap'
import { startFakeOpenAi } from '../../fake-openai.ts'
import { bedrock, collect, said, sources, textOf } from './client.ts'

const question = `${sources}\n\nQuestion: How is leave requested?`

test('answers can come from a server with the OpenAI wire format', async (t) => {
  const server = await startFakeOpenAi({ record: true })
  t.teardown(() => server.close())
  const { converse, stream } = await bedrock(t, { openai: { url: server.url, model: 'local', key: 'secret' } })
  const system = [{ text: 'Be brief.' }]
  const inferenceConfig = { maxTokens: 40, temperature: 0 }
  t.match(said(await converse(question, { system, inferenceConfig })), /According to .* Leave is requested/)
  t.match(textOf(await collect(await stream(question))), /According to .* Leave is requested/)
  t.match(server.requests[0], {
    headers: { authorization: 'Bearer secret' },
    body: {
      model: 'local',
      stream: true,
      max_tokens: 40,
      temperature: 0,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: question },
      ],
    },
  })
})

test('a server that fails behind the emulator is an error of the model', async (t) => {
  const server = await startFakeOpenAi()
  t.teardown(() => server.close())
  const { converse, stream } = await bedrock(t, { openai: { url: server.url, model: 'local' } })
  server.faults.next({ status: 500 })
  await t.rejects(converse('a'), { name: 'ModelErrorException', message: /status 500/ })
  server.faults.next({ endAfter: 1, reply: 'one two' })
  await t.rejects(converse('a'), { name: 'ModelErrorException', message: /ended in the middle/ })
  server.faults.next({ cutAfter: 1, reply: 'one two' })
  await t.rejects(stream('a').then(collect), { code: 'ECONNRESET' })
})

test('a client that goes away ends the request behind the emulator', async (t) => {
  const server = await startFakeOpenAi()
  t.teardown(() => server.close())
  const { stream } = await bedrock(t, { openai: { url: server.url, model: 'local' } })
  server.faults.next({ stallAfter: 1, reply: 'one two' })
  const abort = new AbortController()
  await t.rejects(
    (async () => {
      for await (const event of await stream('a', {}, abort.signal)) if (event.contentBlockDelta) abort.abort()
    })(),
    { code: 'ECONNRESET' },
  )
  await server.until(({ aborted }) => aborted === 1)
})
