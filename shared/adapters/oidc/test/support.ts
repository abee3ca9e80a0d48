import type { Test } from 'tap'
import type { FakeKey } from '../../../../tools/fake-issuer/keys.ts'
import { type FakeIssuer, startFakeIssuer } from '../../../../tools/fake-issuer.ts'
import type { TokenVerifier } from '../../../ports/token-verifier.ts'
import { tokenAlgorithms } from '../../../settings/oidc.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import type { ClaimNames } from '../claims.ts'
import { createTokenVerifier, type OidcOptions } from '../verifier.ts'

export const claimNames: ClaimNames = {
  subject: 'sub',
  tenant: 'tenant',
  defaultTenant: '',
  groups: 'groups',
  groupsPrefix: '',
  scopes: 'scope',
  scopesPrefix: 'kass:',
  scopesMap: new Map(),
  defaultScopes: [],
}

/** Times of the keys in the tests, in milliseconds. */
export const times = { refreshMs: 300_000, maxAgeMs: 3_600_000, cooldownMs: 5_000 }

/** An issuer, and a verifier of its tokens with a clock for the age of its keys. */
export async function openIssuer(
  t: Test,
  about: Partial<Omit<OidcOptions, 'claims'>> & { claims?: Partial<ClaimNames>; key?: FakeKey } = {},
) {
  const issuer = await startFakeIssuer({ issuer: about.issuer, key: about.key })
  t.teardown(() => issuer.close())
  const clock = createTestClock(Date.now())
  const faults: unknown[] = []
  const verifier = createTokenVerifier({
    issuer: issuer.url,
    audience: ['kass'],
    jwksUrl: '',
    algorithms: tokenAlgorithms,
    tokenUse: 'access',
    clockToleranceMs: 0,
    timeoutMs: 10_000,
    freshness: { ...times, clock },
    onFault: (error) => faults.push(error),
    ...about,
    claims: { ...claimNames, ...about.claims },
  })
  return { issuer, verifier, clock, faults, jwksRequests: () => jwksRequests(issuer) }
}

/** How often the keys were fetched. */
function jwksRequests(issuer: FakeIssuer): number {
  return issuer.requests.filter((path) => path === '/jwks').length
}

/** The code that a token is refused with; undefined when it is not. */
export async function refusedWith(verifier: TokenVerifier, token: string): Promise<unknown> {
  try {
    await verifier.verify(token)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}
