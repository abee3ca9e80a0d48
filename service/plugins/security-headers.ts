import type { IncomingMessage } from 'node:http'
import helmet from '@fastify/helmet'
import type { App } from '../deps.ts'
import { docsPrefix, type Login, redirectPath } from './login.ts'

/**
 * Headers for every response. The policy is what Swagger UI needs and no other host, but for the one address where it gets
 * its token when people log in; its styles stand in the elements.
 * Transport security is left to whoever ends TLS.
 */
export async function addSecurityHeaders(app: App, login: Login | undefined): Promise<void> {
  const isDocs = (url = '') => url === docsPrefix || url.startsWith(`${docsPrefix}/`)
  if (login) {
    // Before the policy is written, so that it can name where Swagger UI gets its token.
    app.addHook('onRequest', async (request) => {
      if (isDocs(request.raw.url)) await login.find()
    })
    // The window that somebody logs in with must find its way back to the one that opened it.
    app.addHook('onSend', async (request, reply) => {
      if (!isDocs(request.raw.url)) return
      const isReturn = request.raw.url?.startsWith(redirectPath)
      reply.header('cross-origin-opener-policy', isReturn ? 'unsafe-none' : 'same-origin-allow-popups')
    })
  }
  const issuer = (request: IncomingMessage) => (isDocs(request.url) ? (login?.known?.tokenUrl ?? '') : '')
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
        connectSrc: login ? ["'self'", issuer] : ["'self'"],
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
