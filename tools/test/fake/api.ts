import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface FakeApi {
  url: string
  /** `POST /documents`, in the order in which they came. */
  seen: string[]
  close(): void
}

/** Answers a request: a status, a body, and headers. */
export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

/** A server that answers as a test wants; `undefined` breaks the connection. */
export async function fakeApi(
  answer: (request: IncomingMessage, body: string) => Answer | string | undefined,
): Promise<FakeApi> {
  const seen: string[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    seen.push(`${request.method} ${request.url}`)
    const given = answer(request, body)
    if (given === undefined) return response.destroy()
    if (typeof given === 'string') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.end(given)
    }
    response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
    response.end(JSON.stringify(given.body))
  }
  const server = createServer((request, response) => {
    // A body that breaks off is answered with nothing.
    handle(request, response).catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
