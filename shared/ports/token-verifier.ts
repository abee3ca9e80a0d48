import type { Scope } from './access-store.ts'

/** Who a token speaks for. */
export interface TokenIdentity {
  tenant: string
  subject: string
  groups: string[]
  scopes: Scope[]
}

/** Where people get a token for themselves (authorization code with PKCE). */
export interface LoginEndpoints {
  authorizationUrl: string
  tokenUrl: string
}

/** Tokens of an identity provider. */
export interface TokenVerifier {
  /**
   * Who a token speaks for, once everything about it was checked.
   * @throws KassError token_…, the reason why it is refused; issuer_unavailable when that cannot be told now
   */
  verify(token: string): Promise<TokenIdentity>
  /** Fetches what it will need of the issuer, so that the first token does not wait for it. Never throws. */
  prepare(): Promise<void>
  /** @throws KassError issuer_unavailable */
  loginEndpoints(): Promise<LoginEndpoints>
}
