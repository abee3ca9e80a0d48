import { redirectPath } from '../../../service/plugins/login.ts'
import { type Config, loadConfig, settings } from '../../../shared/config.ts'
import type { Setting } from '../../../shared/settings/kinds.ts'
import { metricNamespace } from '../../../shared/telemetry/metrics.ts'
import { deregistrationSeconds, idleTimeoutSeconds } from '../../entry/balancer.ts'
import { type Graph, isRecord } from '../../mocks/graph.ts'
import { statementsOf } from '../../policy/statements.ts'
import { maxReceives, visibilitySeconds } from '../../queues/queues.ts'

interface Container {
  name: string
  command: unknown
  environment: Record<string, string>
  /** ARNs, by the settings that they are given to. */
  secrets: Record<string, string>
  raw: Record<string, unknown>
}

/** The containers of a task, as ECS is told them. */
export function containersOf(graph: Graph, name: 'api' | 'worker' | 'tools'): Container[] {
  const { props } = graph.one('aws:ecs/taskDefinition:TaskDefinition', `-${name}`)
  const told: unknown = JSON.parse(String(props.containerDefinitions))
  return (Array.isArray(told) ? told : []).filter(isRecord).map((raw) => ({
    ...{ name: String(raw.name), command: raw.command, raw },
    environment: Object.fromEntries(pairs(raw.environment, 'value')),
    secrets: Object.fromEntries(pairs(raw.secrets, 'valueFrom')),
  }))
}

function pairs(list: unknown, key: string): [string, string][] {
  return (Array.isArray(list) ? list : []).filter(isRecord).map((each) => [String(each.name), String(each[key])])
}

/** The program accepts its environment, finds there what was made, and has the time that the platform gives it. */
export function containerFaults(graph: Graph): string[] {
  return (['api', 'worker', 'tools'] as const).flatMap((name) => {
    const containers = containersOf(graph, name)
    const app = containers.find((container) => container.name === name)
    if (app === undefined) return [`there is no container ${name}`]
    const { raw } = app
    const writable = containers.filter((each) => each.raw.readonlyRootFilesystem !== true).map((each) => each.name)
    return [
      ...environmentFaults(app.environment, graph),
      ...secretFaults(app, graph),
      ...(containers.length === (graph.config.collector && name !== 'tools' ? 2 : 1)
        ? []
        : ['the collector is not where it is configured']),
      ...(writable.length === 0 ? [] : [`${writable.join()} may write to its root`]),
      ...(String(raw.user) === '10001:10001' ? [] : [`it runs as ${String(raw.user)}`]),
      ...(raw.stopTimeout === 120 ? [] : ['stopTimeout is not 120']),
      ...(raw.healthCheck || name === 'tools' ? [] : ['there is no health check']),
      ...(JSON.stringify(raw).includes('undefined') ? ['something is undefined'] : []),
    ].map((fault) => `${name}: ${fault}`)
  })
}

/** Secrets are given as such, never as plain variables, and whoever starts the task may read them and no others. */
function secretFaults({ name, secrets }: Container, graph: Graph): string[] {
  const wanted = graph.config.chatModel === 'openai-compatible' ? ['OPENAI_API_KEY'] : []
  const policy = graph.one('aws:iam/rolePolicy:RolePolicy', `-${name}-execution`).props.policy
  const readable = statementsOf(policy)
    .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
    .flatMap(({ resources }) => resources)
  const made = graph.of('aws:secretsmanager/secret:Secret').map(({ state }) => state.arn)
  return [
    ...(Object.keys(secrets).join() === wanted.join() ? [] : [`its secrets are ${Object.keys(secrets).join()}`]),
    ...(Object.values(secrets).sort().join() === readable.sort().join() ? [] : ['not its own secrets may be read']),
    ...Object.values(secrets).flatMap((arn) => (made.includes(arn) ? [] : [`nobody makes ${arn}`])),
  ]
}

/** The tokens that the API takes are those of this pool's client, and no others. */
function oidcPairs(config: Config, graph: Graph): [unknown, unknown][] {
  const pool = graph.one('aws:cognito/userPool:UserPool')
  const client = graph.one('aws:cognito/userPoolClient:UserPoolClient')
  const { region } = graph.config
  return [
    [config.OIDC_ISSUER, `https://cognito-idp.${region}.amazonaws.com/${pool.name}-id`],
    [config.OIDC_AUDIENCE.join(), `${client.name}-id`],
    [config.OIDC_CLIENT_ID, `${client.name}-id`],
    [config.OIDC_LOGIN_SCOPES.join(), String(client.props.allowedOauthScopes)],
    [String(client.props.callbackUrls), `${graph.outputs.apiUrl}${redirectPath}`],
  ]
}

function environmentFaults(environment: Record<string, string>, graph: Graph): string[] {
  const config = loadConfig(environment)
  const plain = Object.entries<Setting<unknown>>(settings).filter(
    ([key, setting]) => setting.secret && environment[key],
  )
  if (plain.length > 0) return plain.map(([key]) => `${key} is a secret, and stands among the plain variables`)
  const table = (name: string) => graph.one('aws:dynamodb/table:Table', `-${name}`).state.name
  const queue = (name: string) => graph.one('aws:sqs/queue:Queue', `-${name}`).state.url
  const bucket = (name: string) => graph.one('aws:s3/bucket:Bucket', `-${name}`).state.bucket
  const domain = graph.config.search === 'domain'
  const expected: [unknown, unknown][] = [
    [config.STORAGE, 'aws'],
    [config.AUTH, graph.config.cognito ? 'oidc' : 'keys'],
    [config.AWS_REGION, graph.config.region],
    [config.DOCUMENTS_BUCKET, bucket('documents')],
    [config.DERIVED_BUCKET, bucket('derived')],
    [config.INGEST_QUEUE_URL, queue('ingest')],
    [config.DEAD_LETTER_QUEUE_URL, queue('dead-letters')],
    [config.DOCUMENTS_TABLE, table('documents')],
    [config.CONVERSATIONS_TABLE, table('conversations')],
    [config.CACHE_TABLE, table('cache')],
    [config.ACCESS_TABLE, table('access')],
    [config.OPENSEARCH_DIALECT, domain ? 'domain' : 'serverless'],
    [config.OPENSEARCH_URL, graph.outputs.searchEndpoint],
    [config.CHAT_MODEL, graph.config.chatModel],
    [config.EMBEDDER, graph.config.embedder],
    [config.RERANKER, graph.config.reranker],
    // Without it no alarm about the program would ever ring.
    [config.METRICS.includes('emf'), true],
    [config.METRICS_NAMESPACE, `${metricNamespace}/${graph.config.stack}`],
    [config.TRACES, graph.config.collector ? 'otlp' : 'none'],
    ...(graph.config.cognito ? oidcPairs(config, graph) : []),
    // Time: everything ends within what the platform gives it.
    [visibilitySeconds * 1000, 2 * config.LEASE_MS],
    [maxReceives > config.QUEUE_MAX_RECEIVES, true],
    [config.DRAIN_MS + 5_000 < 120_000, true],
    [idleTimeoutSeconds * 1000 > config.HEARTBEAT_MS, true],
    [deregistrationSeconds * 1000 >= config.DRAIN_MS, true],
  ]
  return expected.flatMap(([found, wanted], index) =>
    found === wanted ? [] : [`${index + 1}: ${String(found)} instead of ${String(wanted)}`],
  )
}
