import type { FastifyRequest } from 'fastify'
import type { Config } from '../../shared/config.ts'
import { KassError } from '../../shared/errors.ts'
import { endOf, isSecretOf, parseApiKey } from '../../shared/ports/access-key.ts'
import type { AccessStore, ApiKey, Scope } from '../../shared/ports/access-store.ts'
import type { App } from '../deps.ts'
import type { Principal } from '../principal.ts'
import type { LastUse } from './last-use.ts'
import { localPrincipal, refuseForeign } from './loopback.ts'

/**
 * The text of a key: `x-api-key`, or `Authorization: Bearer`.
 * @throws KassError unauthorized when there is none
 */
function givenKey(request: FastifyRequest): string {
  const key = request.headers['x-api-key']
  if (key !== undefined) return [key].flat().join()
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (given !== undefined) return given
  throw new KassError('unauthorized', { detail: 'Send an API key as x-api-key or as Authorization: Bearer.' })
}

function principalOf(key: ApiKey): Principal {
  const { id, tenant, subject, groups, scopes } = key
  return { tenant, subject, scopes, keyId: id, groups: groups.includes('*') ? undefined : groups }
}

/**
 * The key is read each time, so that a revocation and an end hold from the next request on.
 * @throws KassError unauthorized; key_expired, which only the holder of the secret is told
 */
async function authenticate(access: AccessStore, text: string, now: number): Promise<Principal> {
  const parsed = parseApiKey(text)
  const key = parsed && (await access.key(parsed.id))
  if (!isSecretOf(key, parsed?.secret ?? '') || !key) throw new KassError('unauthorized')
  const end = endOf(key, now)
  if (end === 'expired') throw new KassError('key_expired')
  if (end !== undefined) throw new KassError('unauthorized')
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
    clock: () => number
    lastUse: LastUse
    failed: (request: FastifyRequest) => Promise<void>
  },
): void {
  const { config, access, clock, lastUse, failed } = options
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
      const now = clock()
      request.principal = await authenticate(access, givenKey(request), now)
      lastUse.note(request.principal.keyId, now)
    } catch (error) {
      if (!(error instanceof KassError) || error.status !== 401) throw error
      if (needed === 'optional') return
      await failed(request)
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
    throw new KassError('forbidden', { detail: `The key lacks the scope "${needed}".` })
  })
}
