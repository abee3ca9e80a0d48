import { type Command, InvalidArgumentError, Option } from 'commander'
import { isTenant } from '../../shared/documents/identity.ts'
import { createApiKey } from '../../shared/ports/access-key.ts'
import { type Scope, scopes } from '../../shared/ports/access-store.ts'
import type { Context } from './context.ts'
import { Failure } from './failure.ts'
import { listKeys, shown } from './keys-list.ts'
import { type RotateOptions, rotateKey } from './keys-rotate.ts'
import { withLocal } from './local.ts'
import { seal } from './seal.ts'
import { duration, timeToCome } from './when.ts'

const day = duration('1d')

interface CreateOptions {
  name: string
  tenant: string
  subject?: string
  groups: string[]
  scopes: Scope[]
  expires?: number
  sealFor?: string
}

function tenant(text: string): string {
  if (!isTenant(text)) throw new InvalidArgumentError('A tenant has 1 to 63 of a-z, 0-9 and "-".')
  return text
}

async function create(context: Context, options: CreateOptions): Promise<void> {
  const { name, expires, sealFor } = options
  const groups = options.groups.filter((group) => group !== '')
  const about = { ...options, groups, subject: options.subject ?? name, expiresAt: expires }
  const { key, text } = createApiKey(about, { now: Date.now() })
  // Before the key is stored: one that nobody can read is of no use.
  const sealed = sealFor === undefined ? undefined : seal(text, sealFor)
  await withLocal(context, ({ ports }) => ports.access.createKey(key), { make: true })
  if (sealed !== undefined) return context.result({ sealed, ...shown(key) }, () => [sealed])
  context.result({ key: text, ...shown(key) }, () => [text])
  context.note('This is shown only now. Programs send it as x-api-key; kass reads it from KASS_API_KEY.')
}

/** Whoever has only the key itself at hand may give that. */
const idIn = (idOrKey: string): string => /^kass_([a-z0-9]+)_/.exec(idOrKey)?.[1] ?? idOrKey

const end = () =>
  new Option('-e, --expires <when>', 'when it ends: a duration (90d), a date or a time').argParser((text) =>
    timeToCome(text, Date.now()),
  )

async function revoke(context: Context, id: string): Promise<void> {
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
    .addOption(end())
    .option('--seal-for <key>', 'RSA key (SPKI as base64) to encrypt it for, where the output is kept, as in a log')
    .addHelpText('after', '\nExample:\n  $ kass keys create --name intranet --groups hr finance --scopes chat search')
    .action((options: CreateOptions) => run((context) => create(context, options)))
  keys
    .command('rotate')
    .description('make a key that takes the place of another; both work until the overlap is over')
    .argument('<id>')
    .addOption(
      new Option('--overlap <duration>', 'how long the old one still works').argParser(duration).default(day, '1d'),
    )
    .addOption(end())
    .addHelpText('after', '\nExample:\n  $ kass keys rotate 5dmh2lqkyu7k3wpe --overlap 12h')
    .action((id: string, options: RotateOptions) => run((context) => rotateKey(context, idIn(id), options)))
  keys
    .command('list')
    .description('list all keys, their ends and their last use, without their secrets')
    .action(() => run(listKeys))
  keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<id>')
    .action((id: string) => run((context) => revoke(context, idIn(id))))
}
