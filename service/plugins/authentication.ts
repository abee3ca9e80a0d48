import type { FastifyRequest } from 'fastify'
import type { Config } from '../../shared/config.ts'
import { KassError } from '../../shared/errors.ts'
import { isSecretOf, parseApiKey } from '../../shared/ports/access-key.ts'
import type { AccessStore, ApiKey, Scope } from '../../shared/ports/access-store.ts'
import type { App } from '../deps.ts'
import type { Principal } from '../principal.ts'
import { localPrincipal, refuseForeign } from './loopback.ts'

/** The text of a key: `x-api-key`, or `Authorization: Bearer`. */
function givenKey(request: FastifyRequest): string | undefined {
  const key = request.headers['x-api-key']
  if (key !== undefined) return [key].flat().join()
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

function principalOf(key: ApiKey): Principal {
  const { id, tenant, subject, groups, scopes } = key
  return { tenant, subject, scopes, keyId: id, groups: groups.includes('*') ? undefined : groups }
}

/** The key is read each time, so that a revocation holds from the next request on. */
async function authenticate(access: AccessStore, text: string): Promise<Principal | undefined> {
  const parsed = parseApiKey(text)
  if (!parsed) return undefined
  const key = await access.key(parsed.id)
  if (!isSecretOf(key, parsed.secret) || !key || key.revokedAt !== undefined) return undefined
  return principalOf(key)
}

/** Whether a caller holds a scope; `admin` holds all. */
export function holds(caller: Principal | undefined, scope: Scope): boolean {
  return caller !== undefined && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))
}

/** Who calls; for routes that need a scope, where there always is somebody. */
export function callerOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new KassError('unauthorized')
  return request.principal
}

function refuseAnonymous(given: string | undefined): never {
  const detail = given === undefined ? 'Send an API key as x-api-key or as Authorization: Bearer.' : undefined
  throw new KassError('unauthorized', { detail })
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
 * @param failed told of every refused key; may throw a limit's error instead
 */
export function addAuthentication(
  app: App,
  options: {
    config: Config
    access: AccessStore
    openPrefix: string
    failed: (request: FastifyRequest) => Promise<void>
  },
): void {
  const { config, access, failed } = options
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
    const given = givenKey(request)
    request.principal = given === undefined ? undefined : await authenticate(access, given)
    if (request.principal || needed === 'optional') return
    await failed(request)
    refuseAnonymous(given)
  })
}

/** Refuses callers whose key lacks the route's scope. */
export function addScopes(app: App): void {
  app.addHook('onRequest', async (request) => {
    const { access: needed } = request.routeOptions.config
    if (request.is404 || needed === undefined || needed === 'open' || needed === 'optional') return
    if (holds(request.principal, needed)) return
    throw new KassError('forbidden', { detail: `The key lacks the scope "${needed}".` })
  })
}
