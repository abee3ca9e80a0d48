import { Agent, request as httpRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type JsonObject, parseObject } from './json.ts'
import type { Reply } from './reply.ts'

/** The node behind the proxy. */
export interface Upstream {
  /** @param url path and query. @throws when the node cannot be reached */
  send(method: string, url: string, body?: Buffer | string, contentType?: string): Promise<Reply>
  /** The same for JSON; undefined when the answer is not a good one. */
  json(method: string, url: string, body?: unknown): Promise<JsonObject | undefined>
  close(): void
}

export function createUpstream(base: string): Upstream {
  const agent = new Agent({ keepAlive: true })
  const send: Upstream['send'] = (method, url, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
      const sent = httpRequest(new URL(url, base), { method, headers, agent }, (response) => {
        buffer(response).then((content) => {
          const { statusCode = 502 } = response
          resolve({ status: statusCode, body: content, contentType: response.headers['content-type'] })
        }, reject)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  return {
    send,
    async json(method, url, body) {
      const reply = await send(method, url, body === undefined ? undefined : JSON.stringify(body))
      return reply.status < 300 ? parseObject(reply.body.toString()) : undefined
    },
    close: () => agent.destroy(),
  }
}
