import type { FastifyRequest } from 'fastify'
import { KassError } from '../../shared/errors.ts'
import { endOf, isSecretOf, parseApiKey } from '../../shared/ports/access-key.ts'
import type { AccessStore, ApiKey } from '../../shared/ports/access-store.ts'
import type { TokenVerifier } from '../../shared/ports/token-verifier.ts'
import type { Principal } from '../principal.ts'
import type { LastUse } from './last-use.ts'

/** What every key begins with, and no token does. */
const keyPrefix = 'kass_'

interface Credentials {
  access: AccessStore
  /** Without them only keys are taken. */
  tokens: TokenVerifier | undefined
  lastUse: LastUse
  clock: () => number
}

function ofKey(key: ApiKey): Principal {
  const { id, tenant, subject, groups, scopes } = key
  return { tenant, subject, scopes, keyId: id, groups: groups.includes('*') ? undefined : groups }
}

/**
 * The key is read each time, so that a revocation and an end hold from the next request on.
 * @throws KassError unauthorized; key_expired, which only the holder of the secret is told
 */
async function byKey(text: string, { access, lastUse, clock }: Credentials): Promise<Principal> {
  const parsed = parseApiKey(text)
  const key = parsed && (await access.key(parsed.id))
  if (!isSecretOf(key, parsed?.secret ?? '') || !key) throw new KassError('unauthorized')
  const now = clock()
  const end = endOf(key, now)
  if (end === 'expired') throw new KassError('key_expired')
  if (end !== undefined) throw new KassError('unauthorized')
  lastUse.note(key.id, now)
  return ofKey(key)
}

/** @throws KassError token_…, issuer_unavailable */
async function byToken(text: string, tokens: TokenVerifier): Promise<Principal> {
  const { tenant, subject, groups, scopes } = await tokens.verify(text)
  // A tenant has no slash, and the id of a key no colon.
  return { tenant, subject, groups, scopes, keyId: `token:${tenant}/${subject}` }
}

/**
 * Who sends a request: a key stands in `x-api-key` or in `Authorization: Bearer`, a token only there.
 * @throws KassError unauthorized, key_expired, token_…, issuer_unavailable
 */
export async function identify(request: FastifyRequest, credentials: Credentials): Promise<Principal> {
  const { tokens } = credentials
  const key = request.headers['x-api-key']
  if (key !== undefined) return byKey([key].flat().join(), credentials)
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) {
    return tokens && !bearer.startsWith(keyPrefix) ? byToken(bearer, tokens) : byKey(bearer, credentials)
  }
  const how = tokens
    ? 'a token as Authorization: Bearer, or an API key as x-api-key'
    : 'an API key as x-api-key or as Authorization: Bearer'
  throw new KassError('unauthorized', { detail: `Send ${how}.` })
}
