import type { Test } from 'tap'
import { type FakeOpenAi, startFakeOpenAi } from '../../../tools/fake-openai.ts'
import { type LocalServer, type Server, startServer, withKey } from '../server.ts'

/** Somebody with a key. */
export interface Caller {
  name: string
  tenant: 'a' | 'b'
  /** Conversations belong to it. */
  subject: string
  /** Undefined: every group of the tenant. */
  groups: readonly string[] | undefined
  server: Server
}

export interface World {
  server: LocalServer
  model: FakeOpenAi
  callers: readonly Caller[]
}

/** Two tenants with the same groups and subjects; `ann` of tenant a has two keys that hold different groups. */
const holders: Omit<Caller, 'server'>[] = [
  { name: 'a/x', tenant: 'a', subject: 'ann', groups: ['x'] },
  { name: 'a/y', tenant: 'a', subject: 'bob', groups: ['y'] },
  { name: 'a/y of ann', tenant: 'a', subject: 'ann', groups: ['y'] },
  { name: 'a/none', tenant: 'a', subject: 'cid', groups: [] },
  { name: 'a/*', tenant: 'a', subject: 'dora', groups: undefined },
  { name: 'b/x', tenant: 'b', subject: 'ann', groups: ['x'] },
  { name: 'b/y', tenant: 'b', subject: 'bob', groups: ['y'] },
  { name: 'b/*', tenant: 'b', subject: 'dora', groups: undefined },
]

/** A server with keys, whose answers and vectors come from a fake that tells what it was asked. */
export async function startWorld(t: Test, settings: Record<string, string> = {}): Promise<World> {
  const model = await startFakeOpenAi({ record: true })
  t.teardown(() => model.close())
  const server = await startServer(t, {
    AUTH: 'keys',
    CHAT_MODEL: 'openai-compatible',
    EMBEDDER: 'openai-compatible',
    OPENAI_URL: model.url,
    OPENAI_CHAT_MODEL: 'fake-chat',
    OPENAI_EMBEDDING_MODEL: 'fake-embed',
    OPENAI_EMBEDDING_DIMENSIONS: '64',
    RATE_PER_MINUTE: '1000000',
    ...settings,
  })
  const callers = await Promise.all(
    holders.map(async (holder) => ({ ...holder, server: await keyFor(server, holder) })),
  )
  return { server, model, callers }
}

/** The server for somebody who has a new key. */
export async function keyFor(
  server: Server,
  { name, tenant, subject, groups }: Omit<Caller, 'server'>,
): Promise<Server> {
  const held = groups === undefined ? ['*'] : groups.length === 0 ? [''] : groups
  const who = ['--name', name, '--tenant', tenant, '--subject', subject, '--groups', ...held]
  const made = await server.kass('keys', 'create', '--json', ...who)
  if (made.code !== 0) throw new Error(made.stderr)
  return withKey(server, JSON.parse(made.stdout).key)
}
