import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt'
import { KassError } from '../../errors.ts'
import type { TokenAlgorithm } from '../../settings/oidc.ts'

/** Longer ones are refused unread. */
const maxChars = 16 * 1024

/** Types that access and ID tokens have (RFC 9068, RFC 8725 section 3.11); a logout token has another one. */
const types = new Set(['JWT', 'AT+JWT', 'APPLICATION/AT+JWT'])

/** What a token says of itself. Nobody has vouched for it yet: it only serves to refuse, and to find the key. */
export interface Claimed {
  algorithm: TokenAlgorithm
  keyId: string
}

function decompose(token: string) {
  if (token.length > maxChars)
    throw new KassError('token_malformed', { detail: `The token has more than ${maxChars} characters.` })
  // A library takes what lacks a signature for no token at all.
  if (/^[^.]+\.[^.]+\.$/.test(token)) throw new KassError('token_unsigned')
  try {
    return decomposeUnverifiedJwt(token)
  } catch (error) {
    throw new KassError('token_malformed', { cause: error })
  }
}

/**
 * Refuses a token by what it says of itself, before anything is fetched for it.
 * @throws KassError token_malformed, token_unsigned, token_algorithm, token_use, token_issuer, token_claim_missing,
 * token_unknown_key
 */
export function inspect(token: string, expected: { issuer: string; algorithms: readonly TokenAlgorithm[] }): Claimed {
  const { header, payload } = decompose(token)
  const { alg, kid, typ, crit } = header
  if (alg === undefined || /^none$/i.test(alg)) throw new KassError('token_unsigned')
  const algorithm = expected.algorithms.find((known) => known === alg)
  if (algorithm === undefined) {
    throw new KassError('token_algorithm', { detail: `Tokens must be signed with ${expected.algorithms.join(', ')}.` })
  }
  // Extensions that have to be understood (RFC 7515, section 4.1.11): none is.
  if (crit !== undefined) throw new KassError('token_malformed', { detail: 'The token has a critical extension.' })
  if (typ !== undefined && !(typeof typ === 'string' && types.has(typ.toUpperCase()))) throw new KassError('token_use')
  if (payload.iss === undefined)
    throw new KassError('token_claim_missing', { detail: 'The token names no issuer.', place: 'iss' })
  if (payload.iss !== expected.issuer) throw new KassError('token_issuer')
  if (kid === undefined)
    throw new KassError('token_unknown_key', { detail: 'The token does not say which key signed it.' })
  return { algorithm, keyId: kid }
}
