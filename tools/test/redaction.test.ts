import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'tap'
import { serverAt } from '../../test/e2e/server.ts'
import { startTwoMains } from '../../test/stack/two-mains.ts'

/** Secrets by what they are. Each is a word of its own, so that a line that has one tells which. */
const secret = {
  setting: 'setting-secret-4f1d9c',
  bearer: 'bearersecret4f1d9cbearersecret',
  apiKey: `kass_abcdefghijklmnop_${'s3cr3tkey'.repeat(5).slice(0, 43)}`,
  header: 'header-secret-77ab',
  cookie: 'cookie-secret-77ab',
  query: 'query-secret-77ab',
  question: 'question-secret-77ab',
  passage: 'passage-secret-77ab',
  title: 'title-secret-77ab',
  metadata: 'metadata-secret-77ab',
  path: 'path-secret-77ab',
  conversation: 'conversation-secret-77ab',
  upstream: 'sk-upstreamsecret77ab',
}

/** A model's server that repeats in its refusals what it was sent, the key too, as some do. */
async function startTelltale(): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const message = `bad key ${request.headers.authorization} ${secret.upstream}`
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message }, body }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `http://127.0.0.1:${address.port}/v1`, close: () => server.closeAllConnections() ?? server.close() }
}

test('whatever secret comes by whatever way, neither process writes it, at any level', async (t) => {
  const model = await startTelltale()
  t.teardown(model.close)
  const mains = await startTwoMains({
    MAX_EVENT_LOOP_DELAY_MS: '0',
    LOG_LEVEL: 'debug',
    CHAT_MODEL: 'openai-compatible',
    OPENAI_URL: model.url,
    OPENAI_CHAT_MODEL: 'm',
    OPENAI_API_KEY: secret.setting,
    EMBEDDER: 'openai-compatible',
    OPENAI_EMBEDDING_MODEL: 'e',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret.setting}`,
    TRACES: 'otlp',
    TRACES_RATIO: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    RETRY_BASE_MS: '50',
    SLOW_REQUEST_MS: '1',
  })
  t.teardown(() => mains.stop())
  const { url } = mains
  const headers = {
    authorization: `Bearer ${secret.bearer}`,
    'x-api-key': secret.apiKey,
    cookie: `session=${secret.cookie}`,
    'x-secret': secret.header,
  }
  const json = { ...headers, 'content-type': 'application/json' }
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })

  const form = new FormData()
  form.append('file', new Blob([`# Heading\n\n${secret.passage} is written here.\n`]), `${secret.path}.md`)
  form.append('title', secret.title)
  form.append('metadata', JSON.stringify({ note: secret.metadata }))
  t.equal((await fetch(`${url}/documents?token=${secret.query}`, { method: 'POST', body: form, headers })).status, 202)
  await post(`/chat?key=${secret.query}`, { message: secret.question, conversation_id: secret.conversation })
  await post('/search', { query: secret.question, mode: 'vector' })
  await post('/search', { query: secret.question, [secret.question]: true })
  await post(`/documents/${secret.query}/reindex`, {})
  await fetch(`${url}/documents/%E0%A4%A?token=${secret.query}`, { headers })
  // The worker's embeddings are refused: it says so, with the cause, again and again.
  const server = serverAt(url, {}, mains.settings)
  const found = async () => mains.workers[0]?.output().includes('tried again later') ?? false
  while (!(await found())) await server.call('GET', '/health')
  await mains.stop()

  const output = { api: mains.service.output(), worker: mains.workers[0]?.output() ?? '' }
  t.match(output.api, '"message":"request"')
  t.match(output.api, '"err":', 'errors with their causes are among it')
  t.match(output.worker, '"message":"a document is tried again later"')
  for (const [process, text] of Object.entries(output)) {
    for (const [kind, value] of Object.entries(secret)) {
      const line = text.split('\n').find((one) => one.includes(value))
      t.equal(line, undefined, `the ${process} writes no secret of the ${kind}`)
    }
  }
})
