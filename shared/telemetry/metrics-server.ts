import { once } from 'node:events'
import { createServer } from 'node:http'
import { prometheusType } from './prometheus.ts'

/**
 * Answers GET /metrics for a process that has no HTTP of its own.
 * @throws Error (EADDRINUSE, …) when it cannot listen
 */
export async function serveMetrics(
  scrape: () => Promise<string>,
  at: { host: string; port: number },
): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    scrape().then(
      (text) => response.writeHead(200, { 'content-type': prometheusType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(at.port, at.host)
  await once(server, 'listening')
  server.unref()
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : at.port
  return {
    url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}/metrics`,
    close: () => server.close(),
  }
}
