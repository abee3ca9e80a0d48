import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { runIn } from '../../shared/telemetry/scope.ts'
import { ulid } from '../../shared/ulid.ts'
import type { App } from '../deps.ts'
import type { IsAnswering } from './errors.ts'
import { routeOf } from './telemetry.ts'

const validRequestId = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's x-request-id where it is one that may stand in a log, else a new one. */
export function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && validRequestId.test(header) ? header : ulid()
}

/** The response that is under way on each connection. */
export function trackResponses(): { begin(socket: Socket, response: ServerResponse): void; isAnswering: IsAnswering } {
  const latest = new WeakMap<Socket, ServerResponse>()
  return {
    begin: (socket, response) => latest.set(socket, response),
    isAnswering(socket) {
      const response = latest.get(socket)
      return response?.headersSent === true && !(response.writableFinished && response.req.complete)
    },
  }
}

/**
 * One line a request, also for those that the client gave up: the route's pattern, never the address, since ids and
 * queries stand in it.
 */
export function addRequestLog(app: App, responses: ReturnType<typeof trackResponses>): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    responses.begin(request.raw.socket, reply.raw)
    let finished = false
    reply.raw.once('finish', () => {
      finished = true
    })
    const tell = () => {
      const failed = reply.statusCode >= 500 || request.fault !== undefined
      // That it is not ready is what /ready is asked for, every second by some, and no fault of the request.
      request.log[failed && request.routeOptions.url !== '/ready' ? 'error' : 'info'](
        {
          latency: Math.round(reply.elapsedTime * 10) / 10,
          route: routeOf(request),
          method: request.method,
          status: reply.statusCode,
          subject: request.principal?.subject,
          tenant: request.principal?.tenant,
          ...(finished ? {} : { aborted: true }),
          ...(request.errorCode === undefined ? {} : { code: request.errorCode }),
          ...(failed && request.fault !== undefined ? { err: request.fault } : {}),
        },
        'request',
      )
    }
    const { scope } = request
    reply.raw.once('close', () => (scope ? runIn(scope, tell) : tell()))
  })
}
