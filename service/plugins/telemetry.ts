import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../shared/logger.ts'
import type { Meter } from '../../shared/telemetry/meter.ts'
import type { LabelValue } from '../../shared/telemetry/metrics.ts'
import { runIn, type Scope } from '../../shared/telemetry/scope.ts'
import type { Telemetry } from '../../shared/telemetry/telemetry.ts'
import { beginScope, silentTracer } from '../../shared/telemetry/tracer.ts'
import type { App } from '../deps.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What is under way; undefined for what was refused before its headers were read. */
    scope: Scope | undefined
    /** The code of the error that it ended with. */
    errorCode: string | undefined
  }
}

/** Asked by machines every few seconds: their traces would be most of all, and nobody would read them. */
const untraced = new Set(['/health', '/ready', '/metrics'])
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

function isMethod(text: string): text is LabelValue<'method'> {
  return methods.has(text)
}

/** The pattern of a request's route, for labels and lines: never the address, since ids and queries stand in it. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}

/**
 * Makes each request a scope, by which everything that is done for it is known in the log and in traces, and measures
 * it when it has ended. The first hook: what others log or measure happens inside.
 */
export function addTelemetry(
  app: App,
  { meter, tracer }: Telemetry,
  options: { logger: Logger; slowMs: number },
): void {
  app.decorateRequest('scope', undefined)
  app.decorateRequest('errorCode', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const scope = beginScope(untraced.has(routeOf(request)) ? silentTracer : tracer, {
      requestId: request.id,
      traceparent: request.headers.traceparent,
      span: () => ({
        name: `${request.method} ${routeOf(request)}`,
        kind: 'server',
        attributes: {
          'http.request.method': request.method,
          'http.route': routeOf(request),
          'kass.request_id': request.id,
        },
      }),
    })
    request.scope = scope
    let finished = false
    reply.raw.once('finish', () => {
      finished = true
    })
    reply.raw.once('close', () => runIn(scope, () => end(request, reply, finished)))
    runIn(scope, done)
  })
  // What read the body ran outside.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.scope) runIn(request.scope, done)
    else done()
  })

  function end(request: FastifyRequest, reply: FastifyReply, finished: boolean): void {
    const { scope, errorCode } = request
    const { statusCode } = reply
    const route = routeOf(request)
    const method = isMethod(request.method) ? request.method : 'other'
    const status: LabelValue<'status'> = finished ? (classes[Math.floor(statusCode / 100) - 1] ?? '5xx') : 'aborted'
    const labels = { route, method, status }
    meter.count('kass.http.requests', labels)
    meter.record('http.server.request.duration', labels, reply.elapsedTime / 1000)
    const failed = statusCode >= 500 || request.fault !== undefined
    if (failed) meter.count('kass.http.errors', { route, code: errorCode ?? 'internal' })
    if (options.slowMs > 0 && reply.elapsedTime >= options.slowMs) tellSlow(request, reply, route)
    if (!scope?.span) return
    scope.span.set({ 'http.response.status_code': statusCode, ...(finished ? {} : { 'kass.aborted': true }) })
    if (failed) scope.span.fail(errorCode ?? 'internal')
    scope.span.end()
  }

  function tellSlow({ scope, method }: FastifyRequest, reply: FastifyReply, route: string): void {
    const latency = Math.round(reply.elapsedTime * 10) / 10
    options.logger.warn({ route, method, status: reply.statusCode, latency, stages: scope?.stages }, 'slow request')
  }
}

/** Tells when the first word of an answer comes, once. */
export function firstWord(meter: Meter, request: FastifyRequest, reply: FastifyReply): () => void {
  let told = false
  return () => {
    if (told) return
    told = true
    meter.record('kass.chat.first_token.duration', { route: routeOf(request) }, reply.elapsedTime / 1000)
  }
}
