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
}
