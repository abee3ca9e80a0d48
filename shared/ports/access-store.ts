export const scopes = ['chat', 'search', 'documents:read', 'documents:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

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
  revokedAt?: number
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
  /** False when there is no such key. Revoking twice keeps the first time. */
  revoke(id: string, at: number): Promise<boolean>
  /** Adds to the counters of a subject for a day (`2026-01-31`); no increment is ever lost. */
  count(who: { tenant: string; subject: string; day: string }, usage: Usage): Promise<void>
  usage(who: { tenant: string; subject: string; day: string }): Promise<Usage>
}
