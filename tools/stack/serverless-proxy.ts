import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { listenLoopback } from './listen.ts'
import { answerControl, createControl, noteRefusal } from './serverless/control.ts'
import { applyWrites, createDocuments } from './serverless/documents.ts'
import { createHeldWrites } from './serverless/held-writes.ts'
import { forCaller, forNode, type Mode, refusedEngine } from './serverless/mappings.ts'
import { forbidden, jsonReply, type Reply } from './serverless/reply.ts'
import { type Operation, type Route, refusedParameter, refusedScript, routeOf } from './serverless/routes.ts'
import { type Credentials, signatureFault } from './serverless/signature.ts'
import { createUpstream } from './serverless/upstream.ts'

export interface ServerlessOptions {
  /** Address of a real OpenSearch node. */
  upstream: string
  /** How much later searches see what was written; 0: before the write is acknowledged. */
  lagMs?: number
  mode?: Mode
  /** 0 or nothing: a free one. */
  port?: number
  /** Whose signatures are good. */
  credentials?: Credentials
}

export interface ServerlessProxy {
  url: string
  close(): Promise<void>
}

/**
 * A vector search collection of OpenSearch Serverless, as far as a node behind a proxy can be one: it refuses what the
 * service refuses, gives the ids itself, and shows writes late. `/_control` (unsigned) changes and tells: control.ts.
 */
export async function startServerlessProxy(options: ServerlessOptions): Promise<ServerlessProxy> {
  const credentials = options.credentials ?? { accessKeyId: 'test', secretAccessKey: 'test' }
  const control = createControl({ lagMs: options.lagMs ?? 0, mode: options.mode ?? 'classic' })
  const upstream = createUpstream(options.upstream)
  const held = createHeldWrites((writes) =>
    applyWrites(upstream, writes, (refused) => void control.tally.lost.push(refused)),
  )
  const documents = createDocuments(upstream, held)

  async function answer(request: IncomingMessage): Promise<Reply> {
    const { method = 'GET', url = '/', headers } = request
    const sent = await buffer(request)
    const [path = '/', query = ''] = url.split(/\?(.*)/s)
    if (path === '/_control') return answerControl(control, held, method, sent.toString())
    control.tally.requests++
    const unsigned = signatureFault({ method, url, headers, body: sent }, credentials)
    if (unsigned !== undefined) return forbidden(unsigned)
    const body = (headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString()
    const route = routeOf(method, path)
    if (!('operation' in route)) return route
    const refused = refusedParameter(route.operation, new URLSearchParams(query))
    if (refused) return refused
    control.tally.operations[route.operation] = (control.tally.operations[route.operation] ?? 0) + 1
    await control.sleep.awake(route.operation)
    return perform(route, method, url, body)
  }

  async function perform(route: Route, method: string, url: string, body: string): Promise<Reply> {
    const { operation, index } = route
    if (operation === 'bulk') return documents.bulk(index, body, control.lagMs)
    if (operation === 'index') return documents.index(index, body, control.lagMs)
    if (operation === 'delete') return documents.remove(index, route.id, control.lagMs)
    if (operation === 'deleteIndex') await held.drop(index)
    if (operation === 'deleteIndex' || operation === 'define') documents.forget()
    if (body === '') return shown(operation, await upstream.send(method, url))
    const wanted: unknown = JSON.parse(body)
    const refused = operation === 'define' ? refusedEngine(wanted, control.mode) : refusedScript(wanted)
    return refused ?? upstream.send(method, url, operation === 'define' ? JSON.stringify(forNode(wanted)) : body)
  }

  /** What a mapping says of the engine, as the collection would say it. */
  function shown(operation: Operation, reply: Reply): Reply {
    if (operation !== 'describe' || !reply.contentType?.includes('json') || !reply.body.includes('knn_vector'))
      return reply
    const told: unknown = JSON.parse(reply.body.toString())
    return { ...reply, body: Buffer.from(JSON.stringify(forCaller(told, control.mode))) }
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => troubled(error))
      .then((reply) => {
        noteRefusal(control, request.method ?? '', request.url ?? '', reply)
        write(response, request.method === 'HEAD', reply)
      })
  })
  const url = await listenLoopback(server, options.port)
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        held.close()
        upstream.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function troubled(error: unknown): Reply {
  if (error instanceof SyntaxError) return jsonReply(400, { error: { type: 'parse_exception', reason: error.message } })
  return jsonReply(503, { message: 'Service Unavailable', detail: String(error) })
}

function write(response: ServerResponse, isHead: boolean, reply: Reply): void {
  response.statusCode = reply.status
  response.setHeader('server', 'aoss-amazon')
  if (reply.contentType) response.setHeader('content-type', reply.contentType)
  if (isHead) response.end()
  else response.setHeader('content-length', reply.body.length).end(reply.body)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      upstream: { type: 'string' },
      port: { type: 'string', default: '0' },
      lag: { type: 'string', default: '0' },
      mode: { type: 'string', default: 'classic' },
    },
  })
  if (!values.upstream) throw new Error('--upstream must name a node, for example http://127.0.0.1:9200')
  const { upstream, port, lag, mode } = values
  if (mode !== 'classic' && mode !== 'nextgen') throw new Error('--mode must be classic or nextgen')
  const proxy = await startServerlessProxy({ upstream, port: Number(port), lagMs: Number(lag), mode })
  console.log(`OpenSearch Serverless on ${proxy.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void proxy.close().then(() => process.exit(0)))
}
