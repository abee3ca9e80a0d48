import { fastifySSE } from '@fastify/sse'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { silentTelemetry } from '../shared/telemetry/telemetry.ts'
import type { App, AppOptions, Deps } from './deps.ts'
import { addAuthentication, addScopes } from './plugins/authentication.ts'
import { addDrain } from './plugins/drain.ts'
import { addErrorHandling, clientErrorHandler, frameworkError } from './plugins/errors.ts'
import { addLastUse } from './plugins/last-use.ts'
import { addShedding, createLimits } from './plugins/limits.ts'
import { addLinger } from './plugins/linger.ts'
import { createLogin, docsPrefix } from './plugins/login.ts'
import { addOpenApi } from './plugins/openapi.ts'
import { addQueryCoercion } from './plugins/query-coercion.ts'
import { addRequestLog, requestId, trackResponses } from './plugins/request-log.ts'
import { addSecurityHeaders } from './plugins/security-headers.ts'
import { addTelemetry } from './plugins/telemetry.ts'
import { addUsage } from './plugins/usage.ts'
import { addChatRoutes } from './routes/chat.ts'
import { addConversationRoutes } from './routes/conversations.ts'
import { addDocumentChangeRoutes } from './routes/documents-change.ts'
import { addDocumentReadRoutes } from './routes/documents-read.ts'
import { addDocumentRemovalRoute } from './routes/documents-remove.ts'
import { addUploadRoute } from './routes/documents-upload.ts'
import { addFeedbackRoutes } from './routes/feedback.ts'
import { addHealthRoute } from './routes/health.ts'
import { addMetricsRoute } from './routes/metrics.ts'
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
    logController: new LogController({ disableRequestLogging: true }),
    // The scope of a request puts its id into every line, those of the parts that know nothing of requests too.
    childLoggerFactory: (parent) => parent,
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
  const { config, ports, logger, clock = Date.now, telemetry = silentTelemetry } = options
  const responses = trackResponses()
  const app = createServer(options, responses)
  // First, so that what is at no address is measured and logged too.
  addTelemetry(app, telemetry, { logger, slowMs: config.SLOW_REQUEST_MS })
  addRequestLog(app, responses)
  addErrorHandling(app)
  addLinger(app)
  const login = createLogin(app, config, ports.tokens)
  await addSecurityHeaders(app, login)
  const work = addDrain(app)
  await addShedding(app, config)
  const limits = await createLimits(app, config)
  const lastUse = addLastUse(app, ports.access)
  const { access, tokens } = ports
  addAuthentication(app, { config, access, tokens, openPrefix: docsPrefix, clock, lastUse, failed: limits.failed })
  const usage = addUsage(app, access, clock)
  app.addHook('onRequest', async (request) => {
    if (!request.principal) return
    await limits.byKey(request)
    usage.add(request.principal, { requests: 1 })
  })
  addScopes(app)
  addQueryCoercion(app)

  const deps: Deps = { ...options, clock, telemetry, work, usage }
  await fastifySSE(app, { heartbeatInterval: config.HEARTBEAT_MS })
  await addOpenApi(app, { auth: config.AUTH, login })
  app.removeContentTypeParser('text/plain')
  addHealthRoute(app)
  addReadyRoute(app, deps)
  if (telemetry.scrape) addMetricsRoute(app, telemetry.scrape, config.METRICS_ACCESS)
  addChatRoutes(app, deps)
  addSearchRoute(app, deps)
  await addUploadRoute(app, deps)
  await addPresignedUploadRoutes(app, deps)
  addDocumentReadRoutes(app, deps)
  addDocumentChangeRoutes(app, deps)
  addDocumentRemovalRoute(app, deps)
  addConversationRoutes(app, deps)
  addFeedbackRoutes(app, deps)
  await app.ready()
  return app
}
