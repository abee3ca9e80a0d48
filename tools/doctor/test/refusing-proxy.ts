import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

/** One request, as far as its right is told by it. */
export interface Asked {
  method: string
  url: string
  /** Of JSON protocols, `DynamoDB_20120810.GetItem`. */
  target: string
}

/** A refusal as the service itself says it. */
export interface Refusal {
  status: number
  headers: Record<string, string>
  body: string
}

/** How S3 says no. */
export const s3Refusal = (code: string, status = 403): Refusal => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Refused</Message><RequestId>1</RequestId></Error>`,
})

/** How SQS and DynamoDB say no. */
export const jsonRefusal = (type: string): Refusal => ({
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify({ __type: type, Message: 'User: arn:aws:iam::000000000000:role/x is not authorized' }),
})

/** A proxy before a counterpart that knows no rights: it refuses what it is told to, and passes on the rest. */
export async function refusingProxy(
  t: Test,
  upstream: string,
  refuse: (asked: Asked) => Refusal | undefined,
): Promise<string> {
  const { hostname, port } = new URL(upstream)
  async function handle(incoming: IncomingMessage): Promise<Refusal> {
    const { method = '', url = '', headers } = incoming
    const body = await buffer(incoming)
    const refusal = refuse({ method, url, target: String(headers['x-amz-target'] ?? '') })
    if (refusal) return refusal
    const onward = request({ host: hostname, port, method, path: url, headers }).end(body)
    const [answer] = await once(onward, 'response')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: await answer
        .setEncoding('utf8')
        .toArray()
        .then((all: string[]) => all.join('')),
    }
  }
  const server = createServer((incoming, outgoing) => {
    handle(incoming).then(
      ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
      () => outgoing.destroy(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}
