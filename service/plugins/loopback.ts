import type { IncomingHttpHeaders } from 'node:http'
import { KassError } from '../../shared/errors.ts'
import { scopes } from '../../shared/ports/access-store.ts'
import { isLoopback } from '../../shared/settings/loopback.ts'
import type { Principal } from '../principal.ts'

/** Who calls while the server runs without keys: whoever sits at this machine, with every right. */
export const localPrincipal: Principal = {
  tenant: 'default',
  subject: 'local',
  groups: undefined,
  scopes,
  keyId: 'loopback',
}

function isLocalAuthority(authority: string): boolean {
  if (!URL.canParse(`http://${authority}`)) return false
  const { host, hostname, pathname, username } = new URL(`http://${authority}`)
  return host !== '' && pathname === '/' && username === '' && isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

function isLocalOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLocalAuthority(new URL(origin).host)
}

/**
 * Without keys, a web page in the browser of this machine could call the server, directly or through a name that it
 * lets point here (DNS rebinding). Such requests name a foreign host or origin, or the browser marks them.
 * @throws KassError foreign_origin
 */
export function refuseForeign(headers: IncomingHttpHeaders): void {
  const refuse = (detail: string): never => {
    throw new KassError('foreign_origin', { detail })
  }
  if (headers.host === undefined || !isLocalAuthority(headers.host)) {
    refuse('The Host header must name this machine (localhost, 127.0.0.1 or [::1]) while the server runs without keys.')
  }
  if (headers.origin !== undefined && !isLocalOrigin(headers.origin)) {
    refuse('The Origin header names another site; set AUTH=keys to allow that.')
  }
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') refuse('The browser says that another site sends this request.')
}
