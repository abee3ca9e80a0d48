import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { AwsOptions } from '../../aws/client.ts'
import { type Bedrock, createBedrock } from '../client.ts'

// No test here reaches AWS: the SDK only has to find something to sign with.
process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

export interface Seen {
  operation: string
  model: string
  body: SentBody
}

/** What the tests look at of what was sent. */
interface SentBody {
  inputText?: string
  dimensions?: number
  texts?: string[]
  output_dimension?: number
  query?: string
  documents?: string[]
  [key: string]: unknown
}

/** What the service answers to one request; the connection is in its hands. */
export type Script = (response: ServerResponse, seen: Seen) => void

/** Frames of a stream, and how they end: whole, held open, or cut off. */
export const streamed =
  (frames: readonly Buffer[], end: 'end' | 'hold' | 'cut' = 'end'): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
    const whole = Buffer.concat(frames)
    if (end === 'end') response.end(whole)
    else if (end === 'hold') response.write(whole)
    else response.write(whole, () => response.destroy())
  }

export const json =
  (body: unknown): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

export const refused =
  (status: number, name: string, message = 'no', headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name, ...headers })
    response.end(JSON.stringify({ message }))
  }

/** Takes the request and never answers. */
export const silent: Script = () => {}
export const hangUp: Script = (response) => {
  response.destroy()
}

export interface Scripted {
  bedrock: Bedrock
  requests: Seen[]
  /** The next requests get these, in their order; all others what `always` says. */
  next(...scripts: Script[]): void
  always(script: Script): void
  /** Resolves when so many requests have arrived, or so many connections were ended before their answer was. */
  arrived(count: number): Promise<void>
  ended(count?: number): Promise<void>
  /** Most requests at one time, and connections so far. */
  most(): number
  connections(): number
}

/** A service on loopback that says what a test wants, in Bedrock's words. */
export async function scripted(
  t: Test,
  options: Partial<AwsOptions> = {},
  fallback: Script = silent,
): Promise<Scripted> {
  const requests: Seen[] = []
  const queue: Script[] = []
  const waiting = new Set<() => void>()
  let always = fallback
  let ended = 0
  let open = 0
  let most = 0
  let connections = 0
  const wake = () => {
    for (const check of waiting) check()
  }
  const until = (done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = () => {
        if (!done()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const [, , model = '', operation = ''] = (request.url ?? '').split('/')
    const seen = {
      operation,
      model: decodeURIComponent(model),
      body: JSON.parse(Buffer.concat(parts).toString() || '{}'),
    }
    requests.push(seen)
    most = Math.max(most, ++open)
    response.on('close', () => {
      open--
      if (!response.writableFinished) ended++
      wake()
    })
    const script = queue.shift() ?? always
    script(response, seen)
    wake()
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const bedrock = createBedrock({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    maxAttempts: 1,
    timeoutMs: 30_000,
    concurrency: 8,
    queue: 8,
    breakerFailures: 100,
    breakerOpenMs: 60_000,
    ...options,
  })
  t.teardown(() => {
    bedrock.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    bedrock,
    requests,
    next: (...scripts) => void queue.push(...scripts),
    always(script) {
      always = script
    },
    arrived: (count) => until(() => requests.length >= count),
    ended: (count = 1) => until(() => ended >= count),
    most: () => most,
    connections: () => connections,
  }
}
