import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, KassError } from '../../shared/errors.ts'
import { newTraceId } from '../../shared/telemetry/trace-context.ts'
import { ulid } from '../../shared/ulid.ts'
import type { App } from '../deps.ts'
import type { Problem } from '../schemas/problem.ts'
import { codedError, retryAfterSeconds, toProblem } from './problem.ts'

export const problemType = 'application/problem+json'

/** How long a refused connection may take to read why. */
const partingMs = 1_000

/** Answers with an error as problem+json, whatever was thrown. */
export function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  more: Partial<Problem> = {},
): FastifyReply {
  const error = codedError(thrown)
  if (error.status >= 500) request.fault = error.cause ?? error
  request.errorCode = error.code
  const retryAfter = retryAfterSeconds(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  // What was sent is at fault, and not that nothing was (RFC 6750, section 3).
  const invalid = error.code === 'unauthorized' ? '' : `, error="invalid_token", error_description="${error.title}"`
  if (error.status === 401) reply.header('www-authenticate', `Bearer realm="kass"${invalid}`)
  reply.header('x-request-id', request.id)
  return reply
    .code(error.status)
    .type(problemType)
    .send(JSON.stringify({ ...problemOf(error, request), ...more }))
}

/** An error of a request, under the ids by which the log knows it. */
export function problemOf(error: KassError, { id, scope }: FastifyRequest): Problem {
  return toProblem(error, { requestId: id, traceId: scope?.traceId ?? newTraceId() })
}

/** Handlers of everything that can go wrong in a route, and of addresses and methods that do not exist. */
export function addErrorHandling(app: App): void {
  const known: { pattern: RegExp; fixed: boolean; methods: string[] }[] = []
  app.decorateRequest('fault', undefined)
  app.addHook('onRoute', (route) => {
    const parts = route.url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace('*', '.*')))
    known.push({
      pattern: new RegExp(`^${parts.join('/')}$`),
      fixed: !/[:*]/.test(route.url),
      methods: [route.method].flat(),
    })
  })
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) => sendProblem(new KassError('not_found'), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    // RFC 9112, 3.2; Node would answer it without a word (app.ts has it let such requests through).
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      reply.header('connection', 'close')
      throw new KassError('invalid_request', { detail: 'The request lacks the header "Host".' })
    }
    if (!request.is404) return
    const path = request.url.split('?', 1)[0] ?? ''
    const fitting = known.filter(({ pattern }) => pattern.test(path))
    // `/documents/uploads` would do as `/documents/:id` too, but there is no document of that id.
    const own = fitting.some(({ fixed }) => fixed) ? fitting.filter(({ fixed }) => fixed) : fitting
    const allowed = own.flatMap(({ methods }) => methods)
    if (allowed.length === 0) throw new KassError('not_found', { detail: 'There is nothing at this address.' })
    reply.header('allow', [...new Set(allowed)].join(', '))
    throw new KassError('method_not_allowed')
  })
}

/** Answers requests that Fastify could not even route: malformed percent-encoding, parameters that are too long. */
export function frameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const coded = codedError(error)
  const requestId = request.id
  request.log.info(
    { requestId, route: 'none', status: coded.status, code: coded.code, method: request.method },
    'request',
  )
  sendProblem(coded, request, reply)
}

const clientErrors: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
}

/** A request line whose method is no word that Node's parser knows. */
const unknownMethod = /^([A-Z]{1,32}) \S+ HTTP\/1\.[01]\r\n/

function clientError({ code = '', rawPacket }: { code?: string; rawPacket?: unknown }): KassError {
  const known = clientErrors[code]
  if (known) return new KassError(known)
  const [, method] =
    (code === 'HPE_INVALID_METHOD' &&
      unknownMethod.exec(Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '')) ||
    []
  if (method)
    return new KassError('method_not_allowed', { detail: `This server does not know the method "${method}".` })
  return new KassError('invalid_request', { detail: code.startsWith('HPE_') ? 'This is not HTTP.' : undefined })
}

/** Whether the request under way on a connection has its answer, or part of it: nothing else may be written then. */
export type IsAnswering = (socket: Socket) => boolean

/** Answers what is not HTTP, too large a head, or a request that did not arrive in time; the connection ends. */
export function clientErrorHandler(logger: FastifyBaseLogger, isAnswering: IsAnswering) {
  return (error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
      socket.destroy()
      return
    }
    const ids = { requestId: ulid(), traceId: newTraceId() }
    const coded = clientError(error)
    logger.info({ ...ids, route: 'none', status: coded.status, code: coded.code }, 'request')
    const body = JSON.stringify(toProblem(coded, ids))
    const head = [
      `HTTP/1.1 ${coded.status} ${coded.code}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${ids.requestId}`,
      ...(coded.code === 'method_not_allowed' ? ['allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'] : []),
      'connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
    setTimeout(() => socket.destroy(), partingMs).unref()
  }
}
