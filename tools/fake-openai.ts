import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { writeChat } from './fake-openai/chat.ts'
import { embeddingsBody } from './fake-openai/embeddings.ts'
import {
  type Control,
  type Counters,
  type Counting,
  createControl,
  createCounting,
  type Fault,
} from './fake-openai/faults.ts'
import { get, json, readAll } from './fake-openai/http.ts'

export interface FakeOpenAi {
  /** Base URL, `/v1` included. */
  url: string
  counters: Readonly<Counters>
  /** Resolves as soon as the counters are as wanted. */
  until: Counting['until']
  faults: Omit<Control, 'take'>
  /** Bodies and headers of the requests that came, oldest first, when `record` was asked for. */
  requests: { path: string; headers: IncomingMessage['headers']; body: unknown }[]
  close(): Promise<void>
}

export interface FakeOpenAiOptions {
  /** 0 or nothing: a free one. */
  port?: number
  /** Before the first byte of every answer. */
  latencyMs?: number
  /** Keep what was asked; off by default, since the bench asks a lot. */
  record?: boolean
}

/** A server that speaks the OpenAI wire format, for tests and benches: deterministic, quick, and faulty on demand. */
export async function startFakeOpenAi(options: FakeOpenAiOptions = {}): Promise<FakeOpenAi> {
  const counting = createCounting()
  const control = createControl()
  const requests: FakeOpenAi['requests'] = []
  let embedding = 0

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v1/, '')
    const body: unknown = request.method === 'POST' ? JSON.parse(await readAll(request)) : undefined
    if (options.record) requests.push({ path, headers: request.headers, body })
    if (request.method === 'GET' && path === '/models') {
      counting.add('models')
      return json(response, 200, {
        object: 'list',
        data: [
          { id: 'fake-chat', object: 'model' },
          { id: 'fake-embed', object: 'model' },
        ],
      })
    }
    const fault = control.take()
    if (path === '/embeddings') {
      response.once('close', () => embedding--)
      counting.atMost('embeddingsAtOnce', ++embedding)
      counting.add('embeddings')
    } else if (path === '/chat/completions') counting.add('chat')
    else return json(response, 404, { error: { message: `no ${path} here` } })

    if (fault.holdUntil) await fault.holdUntil
    const pause = fault.delayMs ?? options.latencyMs ?? 0
    if (pause > 0) await wait(pause)
    if (refused(response, body, fault)) return
    if (path === '/embeddings') {
      const texts = [get(body, 'input')].flat().map(String)
      counting.add('texts', texts.length)
      response.writeHead(200, { 'content-type': 'application/json' })
      const base64 = get(body, 'encoding_format') === 'base64'
      response.end(
        embeddingsBody(
          texts,
          String(get(body, 'model')),
          fault.dimensions ?? Number(get(body, 'dimensions') ?? 0),
          base64,
        ),
      )
    } else {
      const messages = [get(body, 'messages')]
        .flat()
        .map((m) => ({ role: String(get(m, 'role')), content: String(get(m, 'content')) }))
      const includeUsage = get(get(body, 'stream_options'), 'include_usage') === true
      await writeChat(
        response,
        { model: String(get(body, 'model')), messages, stream: get(body, 'stream') === true, includeUsage },
        fault,
        counting,
      )
    }
  }

  const server = createServer((request, response) => {
    response.once('close', () => counting.add(response.writableFinished ? 'finished' : 'aborted'))
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) json(response, 400, { error: { message: String(error) } })
      else response.destroy()
    })
  })
  server.on('connection', () => counting.add('connections'))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    counters: counting.counters,
    until: counting.until,
    faults: { next: control.next, always: control.always },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function refused(response: ServerResponse, body: unknown, fault: Fault): boolean {
  const unknown = fault.refuseField !== undefined && get(body, fault.refuseField) !== undefined
  const status = unknown ? 400 : fault.status
  if (status === undefined) return false
  const message = unknown ? `Unknown parameter: '${fault.refuseField}'.` : (fault.message ?? `fault ${status}`)
  if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
  if (status >= 300 && status < 400) response.setHeader('location', '/v1/models')
  json(response, status, { error: { message, type: 'fake' } })
  return true
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, latency: { type: 'string', default: '0' } },
  })
  const fake = await startFakeOpenAi({ port: Number(values.port), latencyMs: Number(values.latency) })
  console.log(`fake OpenAI on ${fake.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void fake.close().then(() => process.exit(0)))
}
