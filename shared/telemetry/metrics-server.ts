import { once } from 'node:events'
import { createServer } from 'node:http'
import { ConfigError } from '../config.ts'
import { prometheusType } from './prometheus.ts'
import { errorType } from './scope.ts'

/**
 * Answers GET /metrics for a process that has no HTTP of its own.
 * @throws ConfigError when the port is taken
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
  try {
    await once(server, 'listening')
  } catch (error) {
    if (errorType(error) !== 'EADDRINUSE') throw error
    throw new ConfigError([`WORKER_METRICS_PORT=${at.port} is taken by another program: set it to a free one, or to 0`])
  }
  server.unref()
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : at.port
  return {
    url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}/metrics`,
    close: () => server.close(),
  }
}
