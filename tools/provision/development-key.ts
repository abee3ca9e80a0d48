import { readFileSync, writeFileSync } from 'node:fs'
import { createApiKey, parseApiKey, secretHash } from '../../shared/ports/access-key.ts'
import { type AccessStore, type ApiKey, scopes } from '../../shared/ports/access-store.ts'

/** Everything in the tenant `default`: it is for trying things on a laptop. */
const developer = { name: 'development', tenant: 'default', subject: 'developer', groups: ['*'], scopes }

export interface DevelopmentKey {
  /** `restored`: the file was there, but the store had lost the key, as an emulator without a disk does. */
  state: 'made' | 'kept' | 'restored' | 'revoked'
  text: string
}

/**
 * The one key for development: made once, kept in `file` (readable by its owner only), and found there ever after.
 * @throws Error when the file holds something else
 */
export async function developmentKey(access: AccessStore, file: string, now: number): Promise<DevelopmentKey> {
  const kept = readKept(file)
  if (kept === undefined) {
    const { key, text } = createApiKey(developer, { now })
    // The file comes first: a key that is in no store is restored, one that nobody knows would stay forever.
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await access.createKey(key)
    return { state: 'made', text }
  }
  const { id, secret } = parseApiKey(kept) ?? {}
  if (id === undefined || secret === undefined) throw new Error(`${file} holds no key: remove it to get a new one.`)
  const known = await access.key(id)
  if (known) return { state: known.revokedAt === undefined ? 'kept' : 'revoked', text: kept }
  const key: ApiKey = {
    ...developer,
    id,
    hash: secretHash(secret),
    groups: [...developer.groups],
    scopes: [...scopes],
    createdAt: now,
  }
  await access.createKey(key)
  return { state: 'restored', text: kept }
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
