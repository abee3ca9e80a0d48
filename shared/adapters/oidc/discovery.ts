import { isLoopback } from '../../settings/loopback.ts'
import { field } from '../wire-values.ts'
import { fetchJson } from './fetch-json.ts'

/** What we use of an issuer's discovery document (OpenID Connect Discovery 1.0, section 3). */
export interface Discovered {
  jwksUrl: string
  /** Absent where nobody can log in. */
  authorizationUrl?: string
  tokenUrl?: string
}

/** An address that may stand in a header of ours, and that nobody on the way can answer for. */
function addressIn(document: unknown, name: string): string | undefined {
  const value = field(document, name)
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const { protocol, hostname, href, username } = new URL(value)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')))
  return isSafe && username === '' && !/[\s;,'"]/.test(href) ? href : undefined
}

/**
 * Reads where an issuer has its keys and where people log in.
 * @throws Error when it does not answer, is another issuer than it was asked for, or names no keys
 */
export async function discover(issuer: string, timeoutMs: number): Promise<Discovered> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = await fetchJson(url, timeoutMs)
  if (field(document, 'issuer') !== issuer) throw new Error(`${url} is of another issuer than OIDC_ISSUER names`)
  const jwksUrl = addressIn(document, 'jwks_uri')
  if (jwksUrl === undefined) throw new Error(`${url} names no jwks_uri that may be used`)
  const authorizationUrl = addressIn(document, 'authorization_endpoint')
  const tokenUrl = addressIn(document, 'token_endpoint')
  return { jwksUrl, ...(authorizationUrl && { authorizationUrl }), ...(tokenUrl && { tokenUrl }) }
}
