import type { FastifyRequest } from 'fastify'
import type { Config } from '../../shared/config.ts'
import { isKassError, KassError } from '../../shared/errors.ts'
import type { AccessStore, Scope } from '../../shared/ports/access-store.ts'
import type { TokenVerifier } from '../../shared/ports/token-verifier.ts'
import type { App } from '../deps.ts'
import type { Principal } from '../principal.ts'
import { identify } from './credentials.ts'
import type { LastUse } from './last-use.ts'
import { localPrincipal, refuseForeign } from './loopback.ts'

/** Whether a caller holds a scope; `admin` holds all. */
export function holds(caller: Principal | undefined, scope: Scope): boolean {
  return caller !== undefined && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))
}

/** Who calls; for routes that need a scope, where there always is somebody. */
export function callerOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new KassError('unauthorized')
  return request.principal
}

/** Every route must say who may call it. What is not said is a mistake that shows when the server starts. */
function requireAccess(app: App, openPrefix: string): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access !== undefined) return
    if (!route.url.startsWith(openPrefix)) throw new Error(`the route ${route.url} does not say who may call it`)
    route.config = { ...route.config, access: 'open' }
  })
}

/**
 * Finds out who calls, before anything of the body is read.
 * @param failed told of every refused key and token; may throw a limit's error instead
 */
export function addAuthentication(
  app: App,
  options: {
    config: Config
    access: AccessStore
    tokens: TokenVerifier | undefined
    openPrefix: string
    clock: () => number
    lastUse: LastUse
    failed: (request: FastifyRequest) => Promise<void>
  },
): void {
  const { config, failed } = options
  requireAccess(app, options.openPrefix)
  app.decorateRequest('principal', undefined)
  if (config.AUTH === 'loopback') {
    app.addHook('onRequest', async (request) => {
      refuseForeign(request.headers)
      request.principal = localPrincipal
    })
    return
  }
  app.addHook('onRequest', async (request) => {
    const { access: needed } = request.routeOptions.config
    if (request.is404 || needed === 'open') return
    try {
      request.principal = await identify(request, options)
    } catch (error) {
      if (needed === 'optional' && isKassError(error) && (error.status === 401 || error.code === 'issuer_unavailable'))
        return
      if (isKassError(error) && error.status === 401) await failed(request)
      throw error
    }
  })
}

/** Refuses callers whose key lacks the route's scope. */
export function addScopes(app: App): void {
  app.addHook('onRequest', async (request) => {
    const { access: needed } = request.routeOptions.config
    if (request.is404 || needed === undefined || needed === 'open' || needed === 'optional') return
    if (holds(request.principal, needed)) return
    throw new KassError('forbidden', { detail: `The key or token lacks the scope "${needed}".` })
  })
}
