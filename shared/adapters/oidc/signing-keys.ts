import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Jwk, Jwks } from 'aws-jwt-verify/jwk'
import type { TokenAlgorithm } from '../../settings/oidc.ts'
import { field } from '../wire-values.ts'

/** RFC 7518, section 3.3. */
const minRsaBits = 2048

const byCurve: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/** What a key may sign with, told by the key and never by a token. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): readonly TokenAlgorithm[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails
  if (asymmetricKeyType === 'rsa') return modulusLength >= minRsaBits ? ['RS256', 'RS384', 'RS512'] : []
  if (asymmetricKeyType === 'ed25519') return ['EdDSA']
  const algorithm = byCurve[namedCurve]
  return asymmetricKeyType === 'ec' && algorithm !== undefined ? [algorithm] : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** The public part of a key; undefined for what is none, or cannot be named, or is not for signing. */
function signingKey(given: unknown): { jwk: Jwk & { kid: string }; algorithms: readonly TokenAlgorithm[] } | undefined {
  const [kty, kid, use, alg] = ['kty', 'kid', 'use', 'alg'].map((name) => field(given, name))
  if (!isText(kty) || !isText(kid) || (use !== undefined && use !== 'sig')) return undefined
  const parts = ['n', 'e', 'x', 'y', 'crv'].map((name) => [name, field(given, name)] as const)
  const numbers: Record<string, string> = {}
  for (const [name, value] of parts) if (isText(value)) numbers[name] = value
  const jwk = { ...numbers, kty, kid }
  try {
    const able = algorithmsOf(createPublicKey({ key: jwk, format: 'jwk' }))
    const algorithms = alg === undefined ? able : able.filter((one) => one === alg)
    return algorithms.length === 0 ? undefined : { jwk, algorithms }
  } catch {
    return undefined
  }
}

/** The keys of an issuer that may sign tokens, and with what. */
export interface SigningKeys {
  jwks: Jwks
  /** By key id. */
  algorithms: ReadonlyMap<string, readonly TokenAlgorithm[]>
}

/**
 * Takes from a JWKS (RFC 7517) what can be used; keys of kinds that are not known don't stand in the way of the others.
 * @throws Error when it is no JWKS
 */
export function signingKeys(document: unknown): SigningKeys {
  const given = field(document, 'keys')
  if (!Array.isArray(given)) throw new Error('the issuer answered with something else than a set of keys')
  const usable = given.map(signingKey).filter((key) => key !== undefined)
  const byId = new Map(usable.map((key) => [key.jwk.kid, key]))
  return {
    jwks: { keys: [...byId.values()].map(({ jwk }) => jwk) },
    algorithms: new Map([...byId].map(([kid, { algorithms }]) => [kid, algorithms])),
  }
}
