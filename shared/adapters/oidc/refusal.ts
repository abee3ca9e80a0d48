import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidClaimError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  KidNotFoundInJwksError,
} from 'aws-jwt-verify/error'
import { type ErrorCode, KassError } from '../../errors.ts'

/** The library's reasons, and the claim they are about. */
const reasons = [
  [JwtExpiredError, 'token_expired', 'exp'],
  [JwtNotBeforeError, 'token_not_yet_valid', 'nbf'],
  [JwtInvalidIssuerError, 'token_issuer', 'iss'],
  [JwtInvalidAudienceError, 'token_audience', 'aud'],
  [CognitoJwtInvalidClientIdError, 'token_audience', 'client_id'],
  [CognitoJwtInvalidTokenUseError, 'token_use', 'token_use'],
  [JwtInvalidSignatureError, 'token_signature', undefined],
  [JwtInvalidSignatureAlgorithmError, 'token_algorithm', undefined],
  [KidNotFoundInJwksError, 'token_unknown_key', undefined],
  [JwtParseError, 'token_malformed', undefined],
] as const satisfies readonly (readonly [abstract new (...given: never) => Error, ErrorCode, string | undefined])[]

/** The coded error for what the library threw; what it does not know by name is ours to mend, and stays as it is. */
export function refusal(error: unknown): unknown {
  const [, code, place] = reasons.find(([kind]) => error instanceof kind) ?? []
  if (code === undefined) return error
  if (error instanceof JwtInvalidClaimError && error.failedAssertion.actual === undefined) {
    return new KassError('token_claim_missing', { detail: `The token has no claim "${place}".`, place, cause: error })
  }
  return new KassError(code, { place, cause: error })
}
