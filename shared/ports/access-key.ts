import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ApiKey, Scope } from './access-store.ts'

/**
 * API keys look like `kass_<id>_<secret>`: the id finds the key, the secret (256 bits, base64url) proves it. Only the
 * SHA-256 of the secret is kept; a slow hash would protect nothing more, since nobody can guess 256 bits.
 */
const form = /^kass_([a-z0-9]{8,32})_([A-Za-z0-9_-]{43})$/
const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567'

export interface NewApiKey {
  name: string
  tenant: string
  subject: string
  /** `['*']`: every group of the tenant. */
  groups: readonly string[]
  scopes: readonly Scope[]
  /** When it ends, in milliseconds since 1970; never when absent. */
  expiresAt?: number
}

/** Makes a key: what is stored, and the text that is shown once and never again. */
export function createApiKey(
  about: NewApiKey,
  options: { now: number; random?: (bytes: number) => Uint8Array },
): { key: ApiKey; text: string } {
  const random = options.random ?? randomBytes
  const id = Array.from(random(16), (byte) => idAlphabet[byte % 32]).join('')
  const secret = Buffer.from(random(32)).toString('base64url')
  const { name, tenant, subject, expiresAt } = about
  const key: ApiKey = {
    id,
    hash: secretHash(secret),
    ...{ name, tenant, subject },
    groups: [...about.groups],
    scopes: [...about.scopes],
    createdAt: options.now,
    ...(expiresAt !== undefined && { expiresAt }),
  }
  return { key, text: `kass_${id}_${secret}` }
}

/** The parts of a key's text; undefined when it cannot be one. */
export function parseApiKey(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** What is stored of a secret: its SHA-256, in hex. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Whether a secret is that of a key, in a time that says nothing about either. An absent key takes as long. */
export function isSecretOf(key: Pick<ApiKey, 'hash'> | undefined, secret: string): boolean {
  const given = Buffer.from(secretHash(secret))
  const known = Buffer.from(key?.hash ?? '0'.repeat(given.length))
  return given.length === known.length && timingSafeEqual(given, known) && key !== undefined
}

/** What ended a key; undefined while it is valid. A revocation says more than an end that was known before. */
export function endOf(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now: number): 'revoked' | 'expired' | undefined {
  if (key.revokedAt !== undefined) return 'revoked'
  return key.expiresAt !== undefined && key.expiresAt <= now ? 'expired' : undefined
}
