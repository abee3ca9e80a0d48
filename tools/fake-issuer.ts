/** An OpenID provider for tests: discovery, keys and tokens. Nobody can log in: the addresses for that are only named. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FakeKey, newKey, publicJwk, signed } from './fake-issuer/keys.ts'

export interface FakeIssuer {
  /** What tokens name as their issuer. */
  url: string
  jwksUrl: string
  /** What was asked for, in its order. */
  requests: string[]
  /** Shown to whoever asks; the first one signs. A test may change them. */
  keys: FakeKey[]
  /** Changes an answer, for one that is out of order; nothing: as usual. */
  answer: ((path: string, response: ServerResponse) => boolean) | undefined
  /**
   * A token as this issuer makes it, for an hour and the audience `kass`. Claims and header may be overwritten, and are left
   * out when they are undefined.
   */
  token(claims?: Record<string, unknown>, options?: { header?: Record<string, unknown>; key?: FakeKey }): string
  /** From now on another key signs; the former ones are shown no more. */
  rotate(): void
  close(): void
}

/** Starts an issuer on a free port of this machine. */
export async function startFakeIssuer(options: { issuer?: string; key?: FakeKey } = {}): Promise<FakeIssuer> {
  const server = createServer(handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = options.issuer ?? base
  const issuer: FakeIssuer = {
    url,
    jwksUrl: `${base}/jwks`,
    requests: [],
    keys: [options.key ?? newKey()],
    answer: undefined,
    token(claims = {}, { header = {}, key = issuer.keys[0] } = {}) {
      if (!key) throw new Error('the issuer has no key')
      const now = Math.floor(Date.now() / 1000)
      const payload = { iss: url, aud: 'kass', sub: 'ann', iat: now, exp: now + 3600, ...claims }
      return signed({ typ: 'JWT', alg: key.algorithm, kid: key.kid, ...header }, payload, key)
    },
    rotate() {
      issuer.keys = [newKey()]
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', base)
    issuer.requests.push(pathname)
    if (issuer.answer?.(pathname, response)) return
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer: url,
        jwks_uri: issuer.jwksUrl,
        authorization_endpoint: `${base}/authorize`,
        token_endpoint: `${base}/token`,
      },
      '/jwks': { keys: issuer.keys.map(publicJwk) },
    }
    const found = documents[pathname]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? {}))
  }
  return issuer
}
