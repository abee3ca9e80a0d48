import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import type { Change } from './fake-bedrock/control.ts'
import { serveControl } from './fake-bedrock/control-endpoint.ts'
import type { Counters, Counting, Recorded } from './fake-bedrock/counters.ts'
import { json } from './fake-bedrock/http.ts'
import type { OpenAiTarget } from './fake-bedrock/openai.ts'
import { serve } from './fake-bedrock/service.ts'
import { createState } from './fake-bedrock/state.ts'

export interface FakeBedrock {
  url: string
  counters: Readonly<Counters>
  /** Resolves as soon as the counters are as wanted. */
  until: Counting['until']
  /** The last requests, oldest first. */
  requests: readonly Recorded[]
  /** Adds faults and answers, and changes what is refused. The same as `POST /_control`. */
  control(change: Change): void
  /** Lets go what is held. */
  release(): void
  /** As after the start; what is held or stalled goes on. */
  reset(): void
  close(): Promise<void>
}

export interface FakeBedrockOptions {
  /** 0 or nothing: a free one. */
  port?: number
  /** 127.0.0.1 when left out. */
  host?: string
  /** Who writes the answers of the chat models; when left out, they are made from the sources in the prompt. */
  openai?: OpenAiTarget
  /** How long the minute of a token budget is. */
  minuteMs?: number
}

/**
 * Amazon Bedrock Runtime as an emulator: Converse, ConverseStream and InvokeModel (Titan and Cohere embeddings,
 * rerankers) over HTTP/1.1, deterministic, strict about requests, and faulty on demand. It needs no model and no
 * account: answers are made from the sources in the prompt.
 */
export async function startFakeBedrock(options: FakeBedrockOptions = {}): Promise<FakeBedrock> {
  const state = createState(options.minuteMs)
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path === '/_health') json(response, 200, { status: 'ok' })
    else if (/^\/_control(?=[/?]|$)/.test(path)) {
      serveControl(request, response, state).catch((error: unknown) => response.destroy(new Error(String(error))))
    } else void serve(request, response, state, options.openai)
  })
  // Longer than clients keep idle connections, so that none is closed under a request.
  server.keepAliveTimeout = 65_000
  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    counters: state.counting.counters,
    until: state.counting.until,
    requests: state.recorded,
    control: state.change,
    release: () => state.change({ release: true }),
    reset: state.reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'openai-url': { type: 'string' },
      'openai-model': { type: 'string', default: 'default' },
      'openai-key': { type: 'string' },
    },
  })
  const { 'openai-url': url, 'openai-model': model, 'openai-key': key } = values
  const openai = url ? { openai: { url, model, ...(key && { key }) } } : {}
  const fake = await startFakeBedrock({ port: Number(values.port), host: values.host, ...openai })
  console.log(`fake Bedrock on ${fake.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void fake.close().then(() => process.exit(0)))
}
