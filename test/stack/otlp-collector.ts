import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'

/** One span, as a collector was sent it. */
export interface CollectedSpan {
  service: string
  name: string
  kind: number
  traceId: string
  spanId: string
  /** Empty for the first one of a trace. */
  parentSpanId: string
  startedAt: number
  endedAt: number
  failed: boolean
  attributes: Record<string, string | number | boolean>
}

export interface Collector {
  url: string
  spans: CollectedSpan[]
  /** Names of the metrics that came, each with its points' attributes. */
  metrics: Map<string, Record<string, string | number | boolean>[]>
  /** Headers of the last request. */
  headers(): IncomingMessage['headers']
  /** Everything that came, as text: to look for what must not be there. */
  text(): string
  /** Resolves as soon as the spans so far are enough. */
  until(enough: (spans: readonly CollectedSpan[]) => boolean): Promise<void>
  close(): Promise<void>
}

interface KeyValue {
  key: string
  value: Record<string, string | number | boolean>
}

/** A collector that takes OTLP over HTTP as JSON and keeps it. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const metrics: Collector['metrics'] = new Map()
  const waiting = new Set<() => void>()
  let text = ''
  let headers: IncomingMessage['headers'] = {}

  function take(path: string, body: string): void {
    text += body
    const said = JSON.parse(body)
    if (path === '/v1/traces') {
      for (const { resource, scopeSpans } of said.resourceSpans)
        for (const { spans: some } of scopeSpans) for (const span of some) spans.push(spanOf(span, serviceOf(resource)))
    } else if (path === '/v1/metrics') {
      for (const { scopeMetrics } of said.resourceMetrics)
        for (const { metrics: some } of scopeMetrics)
          for (const { name, sum, gauge, histogram } of some)
            metrics.set(
              name,
              (sum ?? gauge ?? histogram).dataPoints.map((point: { attributes: KeyValue[] }) =>
                valuesOf(point.attributes),
              ),
            )
    }
    for (const look of waiting) look()
  }

  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const bytes = Buffer.concat(parts)
    headers = request.headers
    take(request.url ?? '', (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString())
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the collector has no address')

  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    metrics,
    headers: () => headers,
    text: () => text,
    until(enough) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = () => {
        if (!enough(spans)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      return promise
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Spans whose parent nobody has sent. Traces that a caller began have one there: `began` are its span ids. */
export function orphans(spans: readonly CollectedSpan[], began: readonly string[] = []): CollectedSpan[] {
  const known = new Set([...spans.map((span) => span.spanId), ...began])
  return spans.filter(({ parentSpanId }) => parentSpanId !== '' && !known.has(parentSpanId))
}

/** A trace as a tree of text, one span a line: when it began, how long it took, whose it is. */
export function traceTree(spans: readonly CollectedSpan[]): string {
  const begun = Math.min(...spans.map((span) => span.startedAt))
  const known = new Set(spans.map((span) => span.spanId))
  const lines: string[] = []
  const add = (parent: string, indent: string) => {
    const children = spans
      .filter((span) => (parent === '' ? !known.has(span.parentSpanId) : span.parentSpanId === parent))
      .sort((a, b) => a.startedAt - b.startedAt)
    for (const [at, span] of children.entries()) {
      const last = at === children.length - 1
      const branch = parent === '' ? '' : last ? '└─ ' : '├─ '
      const title = `${indent}${branch}${span.name}`
      const when = `${(span.startedAt - begun).toFixed(1)}`.padStart(8)
      const took = `${(span.endedAt - span.startedAt).toFixed(1)}`.padStart(8)
      lines.push(`${title.padEnd(64)}${when}${took}  ${span.service}`)
      add(span.spanId, parent === '' ? '' : `${indent}${last ? '   ' : '│  '}`)
    }
  }
  add('', '')
  return [`${'span'.padEnd(64)}${'at ms'.padStart(8)}${'took ms'.padStart(8)}  process`, ...lines].join('\n')
}

function spanOf(span: Record<string, never> & { attributes: KeyValue[] }, service: string): CollectedSpan {
  const said: Record<string, unknown> = span
  const ms = (value: unknown) => Number(BigInt(String(value)) / 1000n) / 1000
  const status: unknown = said.status
  return {
    service,
    name: String(said.name),
    kind: Number(said.kind),
    traceId: String(said.traceId),
    spanId: String(said.spanId),
    parentSpanId: String(said.parentSpanId ?? ''),
    startedAt: ms(said.startTimeUnixNano),
    endedAt: ms(said.endTimeUnixNano),
    failed: typeof status === 'object' && status !== null && Reflect.get(status, 'code') === 2,
    attributes: valuesOf(span.attributes),
  }
}

function serviceOf(resource: { attributes: KeyValue[] }): string {
  return String(valuesOf(resource.attributes)['service.name'] ?? '')
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? '']))
}
