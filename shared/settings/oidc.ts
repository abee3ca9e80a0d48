import { exactUrl, integer, listOf, matching, minute, names, oneOf, type Setting, scopeMap, text } from './kinds.ts'
import { scopes } from './scopes.ts'

/** What a token may be signed with; which of them a key is good for, the key decides. */
export const tokenAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
export type TokenAlgorithm = (typeof tokenAlgorithms)[number]

/** Tokens of an identity provider (AUTH=oidc). */
export const oidcSettings = {
  OIDC_ISSUER: exactUrl(
    'Issuer of the tokens, to the letter as their `iss` names it; a Cognito user pool is known by it',
  ),
  OIDC_AUDIENCE: names('Audiences that a token may be made for; client ids with Cognito'),
  OIDC_JWKS_URL: exactUrl("Address of the issuer's keys; the one in its discovery document when empty"),
  OIDC_ALGORITHMS: listOf('What tokens may be signed with', tokenAlgorithms.join(' '), ...tokenAlgorithms),
  OIDC_TOKEN_USE: oneOf('Which tokens of a Cognito user pool are taken', 'access', 'access', 'id'),
  OIDC_SUBJECT_CLAIM: text('Claim that names the subject; people must not be able to change it', 'sub'),
  OIDC_TENANT_CLAIM: text('Claim that names the tenant; a dot leads into an object'),
  OIDC_DEFAULT_TENANT: matching(
    'Tenant of tokens that lack that claim; they are refused when empty',
    /^$|^[a-z0-9-]{1,63}$/,
    'must have 1 to 63 of a-z, 0-9 and "-"',
  ),
  OIDC_GROUPS_CLAIM: text(
    'Claim that lists the groups, `cognito:groups` for example; a dot leads into an object',
    'groups',
  ),
  OIDC_GROUPS_PREFIX: text('Only groups that begin with this count, and it is taken off'),
  OIDC_SCOPES_CLAIM: text('Claim that lists the scopes, as a list or with spaces between them', 'scope'),
  OIDC_SCOPES_PREFIX: text('What our scopes begin with there, `kass/` for example; it is taken off', 'kass:'),
  OIDC_SCOPES_MAP: scopeMap('Scopes by what else that claim holds, as JSON: {"Editors": ["chat", "documents:write"]}'),
  OIDC_DEFAULT_SCOPES: listOf('Scopes that every token has', '', ...scopes),
  OIDC_CLOCK_TOLERANCE_MS: integer("How far the issuer's clock and ours may be apart", 30_000, 0, 5 * minute),
  OIDC_JWKS_REFRESH_MS: integer(
    "How long the issuer's keys are used before they are fetched again",
    5 * minute,
    1000,
    60 * minute,
  ),
  OIDC_JWKS_MAX_AGE_MS: integer(
    'How long they are used while the issuer does not answer',
    60 * minute,
    1000,
    1440 * minute,
  ),
  OIDC_JWKS_COOLDOWN_MS: integer(
    'Shortest time between two fetches, whoever sends unknown keys',
    5_000,
    100,
    5 * minute,
  ),
  OIDC_TIMEOUT_MS: integer('Longest time for an answer of the issuer', 3_000, 50, 60_000),
  OIDC_CLIENT_ID: text(
    'Client that Swagger UI logs people in with (public, code with PKCE); no login there when empty',
  ),
  OIDC_LOGIN_SCOPES: names('Scopes that it asks for', 'openid'),
} as const satisfies Record<string, Setting<unknown>>
