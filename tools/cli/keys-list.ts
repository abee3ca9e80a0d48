import type { ApiKey } from '../../shared/ports/access-store.ts'
import { type Context, table } from './context.ts'
import { withLocal } from './local.ts'

const time = (ms: number) => new Date(ms).toISOString()

/** What may be shown of a key. */
export function shown({ hash: _, createdAt, expiresAt, revokedAt, lastUsedAt, replacedBy, ...rest }: ApiKey) {
  return {
    ...rest,
    created_at: time(createdAt),
    ...(expiresAt !== undefined && { expires_at: time(expiresAt) }),
    ...(revokedAt !== undefined && { revoked_at: time(revokedAt) }),
    ...(lastUsedAt !== undefined && { last_used_at: time(lastUsedAt) }),
    ...(replacedBy !== undefined && { replaced_by: replacedBy }),
  }
}

function state({ expiresAt, revokedAt, replacedBy }: ApiKey, now: number): string {
  if (revokedAt !== undefined) return `revoked ${time(revokedAt)}`
  const replaced = replacedBy === undefined ? '' : `, replaced by ${replacedBy}`
  if (expiresAt === undefined) return `valid${replaced}`
  return `${expiresAt <= now ? 'expired' : 'valid until'} ${time(expiresAt)}${replaced}`
}

/** `kass keys list`: all keys, without their secrets. */
export async function listKeys(context: Context): Promise<void> {
  const keys = await withLocal(context, ({ ports }) => ports.access.keys())
  context.result({ items: keys.map(shown) }, () =>
    keys.length === 0
      ? ['No keys yet: kass keys create --name "my laptop"']
      : table([
          ['id', 'name', 'tenant', 'subject', 'groups', 'scopes', 'last used', 'state'],
          ...keys.map((key) => [
            key.id,
            key.name,
            key.tenant,
            key.subject,
            key.groups.join(',') || '-',
            key.scopes.join(','),
            key.lastUsedAt === undefined ? 'never' : time(key.lastUsedAt),
            state(key, Date.now()),
          ]),
        ]),
  )
}
