import calls from '../../../shared/adapters/aws/calls.json' with { type: 'json' }
import type { Graph } from '../../mocks/graph.ts'
import { statementsOf } from '../../policy/statements.ts'
import { permissionsOf } from './permissions.ts'

type Calls = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
const byRole: Readonly<Record<string, Calls>> = calls

/** Allowed beyond the calls that were recorded of a process: each with its reason, and each made by the adapters' own tests. */
const beyond: Readonly<
  Record<'api' | 'worker' | 'tools', readonly (readonly [service: string, call: string, of: string, why: string])[]>
> = {
  api: [
    ['s3', 'AbortMultipartUpload', 'documents', 'an upload that breaks is taken back'],
    ['dynamodb', 'DeleteItem', 'cache', 'an answer that was remembered too long'],
    ['bedrock', 'InvokeModel', 'cohere.rerank-v3-5:0', 'the reranker, where one is configured'],
  ],
  worker: [['sqs', 'SendMessage', 'dead', 'a message that nobody can read is buried']],
  tools: [
    ['aoss', 'APIAccessAll', '*', 'kass doctor, where search is serverless'],
    ['dynamodb', 'BatchGetItem', 'access', 'kass keys list'],
    ['dynamodb', 'GetItem', 'access', 'kass keys rotate'],
    ['dynamodb', 'Query', 'access', 'kass keys list'],
    ['dynamodb', 'TransactWriteItems', 'access', 'kass keys create'],
    ['dynamodb', 'UpdateItem', 'access', 'kass keys revoke'],
  ],
}

/** What a task role may do, against what its process calls: nothing missing, nothing extra. */
export function grantFaults(graph: Graph): string[] {
  return (['api', 'worker', 'tools'] as const).flatMap((name) => {
    const { props } = graph.one('aws:iam/rolePolicy:RolePolicy', `-${name}-task`)
    const statements = statementsOf(props.policy)
    const allowed = new Set<string>()
    for (const { actions, resources } of statements) {
      for (const action of actions) for (const arn of resources) allowed.add(`${action} ${shortOf(arn, graph)}`)
    }
    const needed = new Set(neededBy(name, graph))
    return [
      ...[...needed].filter((one) => !allowed.has(one)).map((one) => `${name} may not ${one}`),
      ...[...allowed]
        .filter((one) => !needed.has(one) && !isOurs(one, graph))
        .map((one) => `${name} may ${one}, which it never does`),
    ]
  })
}

/** Entries of the list above that no adapter makes: they would be made up. */
export function madeUp(): string[] {
  return Object.values(beyond).flatMap((entries) =>
    entries
      .filter(([service, call, of]) => !byRole.contract?.[service]?.[call]?.includes(of))
      .map((entry) => entry.join(' ')),
  )
}

function neededBy(name: 'api' | 'worker' | 'tools', graph: Graph): string[] {
  const recorded = byRole[{ api: 'service', worker: 'worker', tools: 'tool' }[name]] ?? {}
  const all = [
    ...Object.entries(recorded).flatMap(([service, ofService]) =>
      Object.entries(ofService).flatMap(([call, ofCall]) => ofCall.map((of) => [service, call, of] as const)),
    ),
    ...beyond[name].map(([service, call, of]) => [service, call, of] as const),
  ]
  return all.flatMap(([service, call, of]) => permissionsOf(service, call, of, graph))
}

/** What the platform and the keys need beside the calls of the program. */
function isOurs(permission: string, { config }: Graph): boolean {
  if (permission.startsWith('kms:')) return config.encryption === 'kms'
  return permission.startsWith('xray:') && config.collector
}

/** An ARN by the word that calls.json has for it. */
function shortOf(arn: string, { config }: Graph): string {
  const bucket = new RegExp(`^arn:aws:s3:::kass-${config.stack}-(documents|derived)-\\w+(/\\*)?$`).exec(arn)
  if (bucket) return `${bucket[1]}${bucket[2] ?? ''}`
  const named = new RegExp(`:(?:table/)?kass-${config.stack}-([a-z-]+)(/index/[a-z]+)?$`).exec(arn)
  if (named) return `${named[1]}${named[2] ?? ''}`
  return arn
}
