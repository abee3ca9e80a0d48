import { type Command, InvalidArgumentError, Option } from 'commander'
import { isTenant } from '../../shared/documents/identity.ts'
import { createApiKey } from '../../shared/ports/access-key.ts'
import { type ApiKey, type Scope, scopes } from '../../shared/ports/access-store.ts'
import { type Context, table } from './context.ts'
import { Failure } from './failure.ts'
import { withLocal } from './local.ts'

interface CreateOptions {
  name: string
  tenant: string
  subject?: string
  groups: string[]
  scopes: Scope[]
}

function tenant(text: string): string {
  if (!isTenant(text)) throw new InvalidArgumentError('A tenant has 1 to 63 of a-z, 0-9 and "-".')
  return text
}

/** What may be shown of a key. */
function shown({ hash: _, createdAt, revokedAt, ...rest }: ApiKey) {
  return {
    ...rest,
    created_at: new Date(createdAt).toISOString(),
    ...(revokedAt === undefined ? {} : { revoked_at: new Date(revokedAt).toISOString() }),
  }
}

async function create(context: Context, options: CreateOptions): Promise<void> {
  const { name } = options
  const groups = options.groups.filter((group) => group !== '')
  const about = { ...options, groups, subject: options.subject ?? name }
  const { key, text } = createApiKey(about, { now: Date.now() })
  await withLocal(context, ({ ports }) => ports.access.createKey(key), { make: true })
  context.result({ key: text, ...shown(key) }, () => [text])
  context.note('This is shown only now. Programs send it as x-api-key; kass reads it from KASS_API_KEY.')
}

async function list(context: Context): Promise<void> {
  const keys = await withLocal(context, ({ ports }) => ports.access.keys())
  context.result({ items: keys.map(shown) }, () =>
    keys.length === 0
      ? ['No keys yet: kass keys create --name "my laptop"']
      : table([
          ['id', 'name', 'tenant', 'subject', 'groups', 'scopes', 'state'],
          ...keys.map((key) => [
            key.id,
            key.name,
            key.tenant,
            key.subject,
            key.groups.join(',') || '-',
            key.scopes.join(','),
            key.revokedAt === undefined ? 'valid' : `revoked ${new Date(key.revokedAt).toISOString()}`,
          ]),
        ]),
  )
}

async function revoke(context: Context, idOrKey: string): Promise<void> {
  // Whoever has only the key itself at hand may give that.
  const id = /^kass_([a-z0-9]+)_/.exec(idOrKey)?.[1] ?? idOrKey
  const known = await withLocal(context, ({ ports }) => ports.access.revoke(id, Date.now()))
  if (!known) throw new Failure('not_found', `There is no key "${id}". "kass keys list" shows them.`)
  context.result({ id, revoked: true }, () => [`Revoked ${id}: it is refused from now on.`])
}

export function addKeys(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  const keys = program.command('keys').description('API keys of the local data (KASS_DATA)')
  keys
    .command('create')
    .description('make a key and print it once')
    .requiredOption('-n, --name <name>', 'what it is for')
    .option('--tenant <tenant>', 'whose documents', tenant, 'default')
    .option('--subject <subject>', 'whose conversations; they survive a change of the key (default: the name)')
    .option(
      '-g, --groups <group...>',
      'groups that it holds; "*" is every group. Without: documents for everyone only',
      [],
    )
    .addOption(
      new Option('-s, --scopes <scope...>', 'what it may do')
        .choices([...scopes])
        .default(['chat', 'search', 'documents:read', 'documents:write']),
    )
    .addHelpText('after', '\nExample:\n  $ kass keys create --name intranet --groups hr finance --scopes chat search')
    .action((options: CreateOptions) => run((context) => create(context, options)))
  keys
    .command('list')
    .description('list all keys, without their secrets')
    .action(() => run(list))
  keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<id>')
    .action((id: string) => run((context) => revoke(context, id)))
}
