import { fastifySSE } from '@fastify/sse'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { App, AppOptions, Deps } from './deps.ts'
import { addAuthentication, addScopes } from './plugins/authentication.ts'
import { addDrain } from './plugins/drain.ts'
import { addErrorHandling, clientErrorHandler, frameworkError } from './plugins/errors.ts'
import { addShedding, createLimits } from './plugins/limits.ts'
import { addLinger } from './plugins/linger.ts'
import { addOpenApi, docsPrefix } from './plugins/openapi.ts'
import { addQueryCoercion } from './plugins/query-coercion.ts'
import { addRequestLog, requestId, trackResponses } from './plugins/request-log.ts'
import { addSecurityHeaders } from './plugins/security-headers.ts'
import { addUsage } from './plugins/usage.ts'
import { addChatRoutes } from './routes/chat.ts'
import { addConversationRoutes } from './routes/conversations.ts'
import { addDocumentChangeRoutes } from './routes/documents-change.ts'
import { addDocumentReadRoutes } from './routes/documents-read.ts'
import { addUploadRoute } from './routes/documents-upload.ts'
import { addHealthRoute } from './routes/health.ts'
import { addPresignedUploadRoutes } from './routes/presigned-uploads.ts'
import { addReadyRoute } from './routes/ready.ts'
import { addSearchRoute } from './routes/search.ts'

/** Longest time for the head of a request. */
const headersTimeoutMs = 30_000

function createServer({ config, logger }: AppOptions, responses: ReturnType<typeof trackResponses>): App {
  const loggerInstance: FastifyBaseLogger = logger
  return Fastify({
    loggerInstance,
    // One line a request is written by plugins/request-log.ts.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    bodyLimit: config.MAX_BODY_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    http: {
      // A path of 900 bytes and a cursor, percent-encoded, must fit into an address.
      maxHeaderSize: 64 * 1024,
      // Without the header "Host" they get an answer like all others (plugins/errors.ts).
      requireHostHeader: false,
      headersTimeout: Math.min(headersTimeoutMs, config.REQUEST_TIMEOUT_MS),
      // How late a request that takes too long may be noticed.
      connectionsCheckingInterval: Math.min(5_000, Math.ceil(config.REQUEST_TIMEOUT_MS / 4)),
    },
    // While the server closes, plugins/drain.ts answers.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allowUnionTypes: true } },
    frameworkErrors: frameworkError,
    clientErrorHandler: clientErrorHandler(loggerInstance, responses.isAnswering),
  }).withTypeProvider()
}

/**
 * The HTTP API: routes, and around them the order in which a request is judged. It does not listen and reads no
 * environment. Before anything of a body is read, the address, the load, the key, its limits and its scopes are known.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, ports, clock = Date.now } = options
  const responses = trackResponses()
  const app = createServer(options, responses)
  addErrorHandling(app)
  addRequestLog(app, responses)
  addLinger(app)
  await addSecurityHeaders(app)
  const work = addDrain(app)
  await addShedding(app, config)
  const limits = await createLimits(app, config)
  addAuthentication(app, { config, access: ports.access, openPrefix: docsPrefix, failed: limits.failed })
  const usage = addUsage(app, ports.access, clock)
  app.addHook('onRequest', async (request) => {
    if (!request.principal) return
    await limits.byKey(request)
    usage.add(request.principal, { requests: 1 })
  })
  addScopes(app)
  addQueryCoercion(app)

  const deps: Deps = { ...options, clock, work, usage }
  await fastifySSE(app, { heartbeatInterval: config.HEARTBEAT_MS })
  await addOpenApi(app, { keys: config.AUTH === 'keys' })
  app.removeContentTypeParser('text/plain')
  addHealthRoute(app)
  addReadyRoute(app, deps)
  addChatRoutes(app, deps)
  addSearchRoute(app, deps)
  await addUploadRoute(app, deps)
  await addPresignedUploadRoutes(app, deps)
  addDocumentReadRoutes(app, deps)
  addDocumentChangeRoutes(app, deps)
  addConversationRoutes(app, deps)
  await app.ready()
  return app
}
