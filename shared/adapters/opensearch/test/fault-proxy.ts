import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface ProxiedRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
  /** What the upstream says to this request, or to one with another body. */
  forward(body?: string): Promise<{ status: number; body: string }>
  /** Resolves when the caller has hung up. */
  hungUp: Promise<void>
}

/** Answers a request itself; undefined lets it through. */
export type Fault = (request: ProxiedRequest, response: ServerResponse) => Promise<unknown> | undefined

export interface FaultProxy {
  url: string
  /** Every request so far. */
  seen: ProxiedRequest[]
  fault: Fault | undefined
  /** Nobody listens any more; open connections end. */
  stop(): Promise<void>
  /** Listens again, at the same port. */
  start(): Promise<void>
}

export const answer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

/** What a node or a balancer may do wrong, for every request. */
export const faults: Record<string, { code: string; fault: Fault }> = {
  silence: { code: 'search_timeout', fault: async () => undefined },
  'a body that never ends': {
    code: 'search_timeout',
    fault: async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
      response.write('{"took":1,')
    },
  },
  throttling: {
    code: 'search_throttled',
    fault: async (_, response) => answer(response, 429, '{"status":429}', { 'retry-after': '7' }),
  },
  'an error of the server': { code: 'search_unavailable', fault: async (_, response) => answer(response, 500, '{}') },
  'no node behind the balancer': {
    code: 'search_unavailable',
    fault: async (_, response) => answer(response, 503, '<html>', { 'content-type': 'text/html' }),
  },
  'an answer cut in the middle': {
    code: 'search_unavailable',
    fault: async (request, response) => {
      const { status, body } = await request.forward()
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(body.length + 10) })
      response.write(body.slice(0, body.length / 2), () => response.destroy())
    },
  },
  'a connection that is reset': {
    code: 'search_unavailable',
    fault: async (_, response) => response.socket?.resetAndDestroy(),
  },
  'JSON that is none': { code: 'search_unavailable', fault: async (_, response) => answer(response, 200, '{"took":') },
  'a page of something else': {
    code: 'search_unavailable',
    fault: async (_, response) => answer(response, 200, '<html>hello</html>', { 'content-type': 'text/html' }),
  },
  'JSON of something else': {
    code: 'search_unavailable',
    fault: async (_, response) => answer(response, 200, '{"hello":"world"}'),
  },
}

/** The host that the caller named stays, since it is part of what was signed. */
function forward(
  upstream: string,
  sent: Pick<ProxiedRequest, 'method' | 'url' | 'headers' | 'body'>,
): Promise<{ status: number; body: string }> {
  const headers = { ...sent.headers, 'content-length': String(Buffer.byteLength(sent.body)) }
  return new Promise((resolve, reject) => {
    const options = { method: sent.method, headers, agent: false }
    const request = httpRequest(`${upstream}${sent.url}`, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    request.on('error', reject).end(sent.body)
  })
}

/** Stands between the adapter and an upstream, and does wrong what it is told to; ends with the test. */
export async function startFaultProxy(t: Test, upstream: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const handler: RequestListener = (request, response) => void serve(request, response)
  const server = createServer(handler).on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = () => server.address() as AddressInfo

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString()
    const { method = 'GET', url = '/', headers } = request
    const proxied: ProxiedRequest = {
      method,
      url,
      headers,
      body,
      hungUp: new Promise((resolve) => response.on('close', resolve)),
      forward: (other = body) => forward(upstream, { method, url, headers, body: other }),
    }
    proxy.seen.push(proxied)
    const wrong = proxy.fault?.(proxied, response)
    if (wrong) return void (await wrong)
    const right = await proxied.forward()
    answer(response, right.status, right.body)
  }

  await listen(0)
  const { port } = address()
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${port}`,
    seen: [],
    fault: undefined,
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      return closed
    },
    start: () => listen(port),
  }
  t.teardown(() => (server.listening ? proxy.stop() : undefined))
  return proxy
}
