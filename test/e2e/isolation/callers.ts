import type { Test } from 'tap'
import { type FakeIssuer, startFakeIssuer } from '../../../tools/fake-issuer.ts'
import { type FakeOpenAi, startFakeOpenAi } from '../../../tools/fake-openai.ts'
import { type LocalServer, type Server, startServer, withKey, withToken } from '../server.ts'

/** Somebody with a key, or with a token of the organisation's issuer. */
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

type Holder = Omit<Caller, 'server'>

/** Two tenants with the same groups and subjects; `ann` of tenant a has two keys that hold different groups. */
const holders: Holder[] = [
  { name: 'a/x', tenant: 'a', subject: 'ann', groups: ['x'] },
  { name: 'a/y', tenant: 'a', subject: 'bob', groups: ['y'] },
  { name: 'a/y of ann', tenant: 'a', subject: 'ann', groups: ['y'] },
  { name: 'a/none', tenant: 'a', subject: 'cid', groups: [] },
  { name: 'a/*', tenant: 'a', subject: 'dora', groups: undefined },
  { name: 'b/x', tenant: 'b', subject: 'ann', groups: ['x'] },
  { name: 'b/y', tenant: 'b', subject: 'bob', groups: ['y'] },
  { name: 'b/*', tenant: 'b', subject: 'dora', groups: undefined },
]
/** Beside them those who hold tokens; `ann` of tenant a and `bob` of tenant b are the same as by their keys. */
const bearers: Holder[] = [
  { name: 'a/x by token', tenant: 'a', subject: 'ann', groups: ['x'] },
  { name: 'a/x,y by token', tenant: 'a', subject: 'eve', groups: ['x', 'y'] },
  { name: 'a/none by token', tenant: 'a', subject: 'finn', groups: [] },
  { name: 'b/y by token', tenant: 'b', subject: 'bob', groups: ['y'] },
]

/** A server that takes keys and tokens, whose answers and vectors come from a fake that tells what it was asked. */
export async function startWorld(t: Test, settings: Record<string, string> = {}): Promise<World> {
  const model = await startFakeOpenAi({ record: true })
  t.teardown(() => model.close())
  const issuer = await startFakeIssuer()
  t.teardown(() => issuer.close())
  const server = await startServer(t, {
    AUTH: 'oidc',
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'kass',
    OIDC_TENANT_CLAIM: 'tenant',
    CHAT_MODEL: 'openai-compatible',
    EMBEDDER: 'openai-compatible',
    OPENAI_URL: model.url,
    OPENAI_CHAT_MODEL: 'fake-chat',
    OPENAI_EMBEDDING_MODEL: 'fake-embed',
    OPENAI_EMBEDDING_DIMENSIONS: '64',
    RATE_PER_MINUTE: '1000000',
    ...settings,
  })
  const withKeys = await Promise.all(
    holders.map(async (holder) => ({ ...holder, server: await keyFor(server, holder) })),
  )
  const withTokens = bearers.map((bearer) => ({ ...bearer, server: withToken(server, tokenFor(issuer, bearer)) }))
  return { server, model, callers: [...withKeys, ...withTokens] }
}

/** A token with the scopes that a new key has. */
function tokenFor(issuer: FakeIssuer, { tenant, subject, groups }: Holder): string {
  const scope = 'openid kass:chat kass:search kass:documents:read kass:documents:write'
  return issuer.token({ tenant, sub: subject, groups, scope })
}

/** The server for somebody who has a new key. */
export async function keyFor(server: Server, { name, tenant, subject, groups }: Holder): Promise<Server> {
  const held = groups === undefined ? ['*'] : groups.length === 0 ? [''] : groups
  const who = ['--name', name, '--tenant', tenant, '--subject', subject, '--groups', ...held]
  const made = await server.kass('keys', 'create', '--json', ...who)
  if (made.code !== 0) throw new Error(made.stderr)
  return withKey(server, JSON.parse(made.stdout).key)
}
