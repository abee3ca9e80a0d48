import { CognitoJwtVerifier } from 'aws-jwt-verify/cognito-verifier'
import type { Jwks } from 'aws-jwt-verify/jwk'
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier'
import { KassError } from '../../errors.ts'
import type { TokenVerifier } from '../../ports/token-verifier.ts'
import type { TokenAlgorithm } from '../../settings/oidc.ts'
import { type ClaimNames, identityOf } from './claims.ts'
import { discover } from './discovery.ts'
import { fetchJson } from './fetch-json.ts'
import { inspect } from './inspect.ts'
import { refusal } from './refusal.ts'
import { type Freshness, remember } from './remember.ts'
import { signingKeys } from './signing-keys.ts'

export interface OidcOptions {
  issuer: string
  audience: readonly string[]
  /** '': the one that the discovery document names. */
  jwksUrl: string
  algorithms: readonly TokenAlgorithm[]
  /** For Cognito. */
  tokenUse: 'access' | 'id'
  clockToleranceMs: number
  timeoutMs: number
  freshness: Freshness
  claims: ClaimNames
  /** Told of each time that the issuer did not answer as it should. */
  onFault: (error: unknown) => void
}

/** What both of the library's verifiers can do. */
interface Library {
  cacheJwks(jwks: Jwks): void
  verifySync(token: string): Readonly<Record<string, unknown>>
}

const userPool = /^https:\/\/(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/([a-z0-9-]+_[A-Za-z0-9]+)$/

/** Cognito's access tokens have no audience but a client id, and say what they are for. */
function library({ issuer, audience, tokenUse, clockToleranceMs }: OidcOptions): Library {
  const graceSeconds = clockToleranceMs / 1000
  const userPoolId = userPool.exec(issuer)?.[1]
  if (userPoolId === undefined) {
    // The library never fetches: it is given the keys. It wants an address all the same.
    const properties = { issuer, jwksUri: issuer, audience: [...audience], graceSeconds }
    return JwtVerifier.create(properties)
  }
  return CognitoJwtVerifier.create({ userPoolId, tokenUse, clientId: [...audience], graceSeconds })
}

/**
 * Verifies the tokens of one issuer. Its keys come from the configured address, or the one in its discovery document, never
 * from an address in a token. They are fetched again when they are old, or when a token names one that is not there.
 */
export function createTokenVerifier(options: OidcOptions): TokenVerifier {
  const { issuer, jwksUrl, timeoutMs, freshness, onFault } = options
  const verifier = library(options)
  // It is asked for by the load of the keys, which must not find it resting when its own time has come.
  const sooner = { ...freshness, cooldownMs: freshness.cooldownMs / 2 }
  const discovered = remember(() => discover(issuer, timeoutMs), sooner, onFault)
  const keys = remember(
    async () => {
      const found = signingKeys(await fetchJson(jwksUrl || (await discovered.get()).jwksUrl, timeoutMs))
      // Also forgets what it made of the former ones: an issuer may give an id to another key.
      verifier.cacheJwks(found.jwks)
      return found.algorithms
    },
    freshness,
    onFault,
  )

  return {
    async verify(token) {
      const { algorithm, keyId } = inspect(token, options)
      const known = (await keys.get()).get(keyId) ?? (await keys.renew()).get(keyId)
      if (known === undefined) throw new KassError('token_unknown_key')
      if (!known.includes(algorithm)) {
        throw new KassError('token_algorithm', { detail: 'The key of this token signs with another algorithm.' })
      }
      const claims = verified(token)
      if (claims.exp === undefined) {
        throw new KassError('token_claim_missing', { detail: 'The token has no end.', place: 'exp' })
      }
      return identityOf(claims, options.claims)
    },
    async prepare() {
      // Whoever has to know was told by onFault.
      await keys.get().catch(() => undefined)
    },
    async loginEndpoints() {
      const { authorizationUrl, tokenUrl } = await discovered.get()
      if (authorizationUrl !== undefined && tokenUrl !== undefined) return { authorizationUrl, tokenUrl }
      throw new KassError('issuer_unavailable', { detail: 'The issuer names no address for logging in.' })
    },
  }

  function verified(token: string) {
    try {
      return verifier.verifySync(token)
    } catch (error) {
      throw refusal(error)
    }
  }
}
