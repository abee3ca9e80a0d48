import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { Test } from 'tap'

/** What becomes of one request: refused with a status, or its answer ends, or falls silent, after so many bytes. */
export type Meddling = { status: number } | { cutAfter: number } | { silentAfter: number } | undefined

/** A proxy before S3 that meddles with the requests it is told to. Gives its address. */
export async function meddler(
  t: Test,
  upstream: string,
  meddle: (incoming: IncomingMessage) => Meddling,
): Promise<string> {
  const { hostname, port } = new URL(upstream)
  const server = createServer((incoming, outgoing) => {
    const how = meddle(incoming)
    if (how && 'status' in how) {
      incoming.resume()
      incoming.once('end', () => outgoing.writeHead(how.status).end())
      return
    }
    const { method, url: path, headers } = incoming
    const onward = request({ host: hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      if (!how) return void answer.pipe(outgoing)
      let left = 'cutAfter' in how ? how.cutAfter : how.silentAfter
      answer.on('data', (chunk: Buffer) => {
        const some = chunk.subarray(0, left)
        left -= some.length
        outgoing.write(some, () => {
          if (left === 0 && 'cutAfter' in how) outgoing.destroy()
        })
      })
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return `http://127.0.0.1:${address.port}`
}
