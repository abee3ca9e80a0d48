import helmet from '@fastify/helmet'
import type { App } from '../deps.ts'

/**
 * Headers for every response. The policy is what Swagger UI needs and no other host; its styles stand in the elements.
 * Transport security is left to whoever ends TLS.
 */
export async function addSecurityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  })
  // A shared cache may keep what came for an `x-api-key`: only `Authorization` tells it not to (RFC 9111, section 3.5).
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
}
