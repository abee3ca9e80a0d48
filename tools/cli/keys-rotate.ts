import { createApiKey, endOf } from '../../shared/ports/access-key.ts'
import type { ApiKey } from '../../shared/ports/access-store.ts'
import type { Context } from './context.ts'
import { Failure } from './failure.ts'
import { shown } from './keys-list.ts'
import { withLocal } from './local.ts'

export interface RotateOptions {
  /** How long the old key still works, in milliseconds. */
  overlap: number
  /** When the new key ends; without, it lives as long as the old one was made for. */
  expires?: number
}

/** Why a key is not rotated, for people. */
function refusal(id: string, key: ApiKey | undefined, now: number): Failure {
  if (!key) return new Failure('not_found', `There is no key "${id}". "kass keys list" shows them.`)
  if (key.replacedBy !== undefined) {
    return new Failure('conflict', `The key ${id} was rotated already: ${key.replacedBy} took its place.`)
  }
  const why = endOf(key, now) ?? 'in use elsewhere at this moment'
  return new Failure('conflict', `The key ${id} is ${why}: make another one with "kass keys create".`)
}

/** `kass keys rotate`: a new key for the same subject, groups and scopes; the old one ends after the overlap. */
export async function rotateKey(context: Context, id: string, { overlap, expires }: RotateOptions): Promise<void> {
  const now = Date.now()
  const { text, next, old } = await withLocal(context, async ({ ports }) => {
    const key = await ports.access.key(id)
    if (!key) throw refusal(id, key, now)
    const { name, tenant, subject, groups, scopes, createdAt, expiresAt } = key
    const expiry = expires ?? (expiresAt === undefined ? undefined : now + (expiresAt - createdAt))
    const made = createApiKey({ name, tenant, subject, groups, scopes, expiresAt: expiry }, { now })
    const done = await ports.access.rotate(id, { next: made.key, at: now, endsAt: now + overlap })
    const after = await ports.access.key(id)
    if (!done || !after) throw refusal(id, after, now)
    return { text: made.text, next: made.key, old: after }
  })
  context.result({ key: text, ...shown(next), replaces: shown(old) }, () => [text])
  const end = new Date(old.expiresAt ?? now).toISOString()
  context.note(`This is shown only now. It replaces ${id}, which is refused from ${end} on.`)
}
