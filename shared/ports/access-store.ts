import { type Scope, scopes } from '../settings/scopes.ts'

export { type Scope, scopes }

/** An API key as it is stored: never the secret, only its SHA-256 (hex). */
export interface ApiKey {
  id: string
  hash: string
  name: string
  tenant: string
  subject: string
  /** `['*']`: every group of the tenant. */
  groups: string[]
  scopes: Scope[]
  createdAt: number
  /** From then on it is refused; never when absent. */
  expiresAt?: number
  revokedAt?: number
  /** When a request was last let in with it; written a while after the request. */
  lastUsedAt?: number
  /** The key that took its place; the two work side by side until `expiresAt`. */
  replacedBy?: string
}

/** A key to take another's place. */
export interface Rotation {
  /** The new key. Like every new key it was neither used nor replaced. */
  next: ApiKey
  at: number
  /** When the old key ends; what it had as its end before holds when that is earlier. */
  endsAt: number
}

export interface Usage {
  requests: number
  inputTokens: number
  outputTokens: number
}

export interface AccessStore {
  createKey(key: ApiKey): Promise<void>
  key(id: string): Promise<ApiKey | undefined>
  keys(): Promise<ApiKey[]>
  /**
   * Makes the new key and lets the old one end, both or neither. False when there is no such key, or one that is revoked,
   * expired at `at` or replaced already.
   */
  rotate(id: string, rotation: Rotation): Promise<boolean>
  /** A key was used: the latest time of all stays, in whatever order they are told. A key that is not there is none. */
  used(id: string, at: number): Promise<void>
  /** False when there is no such key. Revoking twice keeps the first time. */
  revoke(id: string, at: number): Promise<boolean>
  /** Adds to the counters of a subject for a day (`2026-01-31`); no increment is ever lost. */
  count(who: { tenant: string; subject: string; day: string }, usage: Usage): Promise<void>
  usage(who: { tenant: string; subject: string; day: string }): Promise<Usage>
}
