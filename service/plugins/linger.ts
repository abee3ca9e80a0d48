import type { App } from '../deps.ts'

/** How long the rest of a refused body is read, at most. */
const lingerMs = 30_000

/**
 * A request may be answered before its body has arrived: too large, no key, too many requests. Closing the connection
 * at once would make the client's system throw the answer away unread (RFC 9112, section 9.6), so the rest is read
 * and dropped for a while.
 */
export function addLinger(app: App): void {
  app.addHook('onSend', async (request, reply) => {
    const { raw } = request
    const { headers } = raw
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (!hasBody || raw.complete !== false) return
    reply.removeHeader('connection')
    reply.raw.once('finish', () => {
      if (raw.complete || raw.destroyed) return
      raw.unpipe()
      raw.resume()
      const { socket } = raw
      const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
      raw.once('close', () => clearTimeout(timer))
      raw.once('end', () => clearTimeout(timer))
    })
  })
}
