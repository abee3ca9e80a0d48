import { createTokenVerifier } from '../adapters/oidc/verifier.ts'
import type { Config } from '../config.ts'
import type { TokenVerifier } from '../ports/token-verifier.ts'
import type { WireOptions } from './types.ts'

/** The verifier of this configuration's tokens. */
export function wireOidc(
  config: Config,
  { logger, clock = Date.now }: Pick<WireOptions, 'logger' | 'clock'>,
): TokenVerifier {
  return createTokenVerifier({
    issuer: config.OIDC_ISSUER,
    audience: config.OIDC_AUDIENCE,
    jwksUrl: config.OIDC_JWKS_URL,
    algorithms: config.OIDC_ALGORITHMS,
    tokenUse: config.OIDC_TOKEN_USE,
    clockToleranceMs: config.OIDC_CLOCK_TOLERANCE_MS,
    timeoutMs: config.OIDC_TIMEOUT_MS,
    freshness: {
      refreshMs: config.OIDC_JWKS_REFRESH_MS,
      maxAgeMs: config.OIDC_JWKS_MAX_AGE_MS,
      cooldownMs: config.OIDC_JWKS_COOLDOWN_MS,
      clock,
    },
    claims: {
      subject: config.OIDC_SUBJECT_CLAIM,
      tenant: config.OIDC_TENANT_CLAIM,
      defaultTenant: config.OIDC_DEFAULT_TENANT,
      groups: config.OIDC_GROUPS_CLAIM,
      groupsPrefix: config.OIDC_GROUPS_PREFIX,
      scopes: config.OIDC_SCOPES_CLAIM,
      scopesPrefix: config.OIDC_SCOPES_PREFIX,
      scopesMap: config.OIDC_SCOPES_MAP,
      defaultScopes: config.OIDC_DEFAULT_SCOPES,
    },
    onFault: (error) => logger.warn({ err: error }, 'the issuer of the tokens does not answer as it should'),
  })
}
