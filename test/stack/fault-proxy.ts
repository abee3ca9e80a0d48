import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** What can be wrong with an upstream. */
export const faults = ['refused', 'slow', 'throttled', '5xx', 'cut', 'garbage'] as const
export type Fault = (typeof faults)[number]

/** How a service says that it has too much to do. */
export interface ThrottleAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface FaultProxy {
  url: string
  /** Requests that came in while there was a fault. */
  met(): number
  set(fault: Fault | undefined): void
  close(): Promise<void>
}

/** A proxy before one upstream, which passes everything on until it is told to be in trouble. */
export async function startFaultProxy(upstream: string, throttle: ThrottleAnswer): Promise<FaultProxy> {
  const target = new URL(upstream)
  const held = new Set<ServerResponse>()
  let fault: Fault | undefined
  let met = 0

  const server = createServer((incoming, outgoing) => {
    if (fault !== undefined) met++
    if (fault === 'slow') {
      held.add(outgoing)
      incoming.resume()
      outgoing.once('close', () => held.delete(outgoing))
      return
    }
    if (fault === 'refused') return void incoming.socket.destroy()
    if (fault === undefined || fault === 'cut') return pass(incoming, outgoing, fault === 'cut')
    incoming.resume()
    incoming.once('end', () => {
      if (fault === 'throttled') outgoing.writeHead(throttle.status, throttle.headers).end(throttle.body)
      else if (fault === '5xx') outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('Service Unavailable')
      else outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>It works!</body></html>')
    })
  })
  // A service that is gone closes what was open, too.
  server.on('connection', (socket) => {
    if (fault !== 'refused') return
    met++
    socket.destroy()
  })

  function pass(incoming: IncomingMessage, outgoing: ServerResponse, cut: boolean): void {
    const { method, url: path, headers } = incoming
    const onward = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      if (!cut) {
        answer.pipe(outgoing)
        return
      }
      outgoing.flushHeaders()
      answer.once('data', (chunk: Buffer) => {
        outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => outgoing.destroy())
      })
      answer.once('end', () => outgoing.destroy())
      answer.resume()
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return {
    url: `http://127.0.0.1:${address.port}`,
    met: () => met,
    set(next) {
      fault = next
      met = 0
      for (const response of held) response.destroy()
      if (next === 'refused') server.closeAllConnections()
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
