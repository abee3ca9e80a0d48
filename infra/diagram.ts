/** `npm run diagram`: docs/architecture.md, drawn from the resources that the program makes for prod and for dev. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, graphOf, type Node } from './mocks/graph.ts'
import { isRecord, statementsOf } from './policy/statements.ts'
import { readStackFile } from './stack-file.ts'

export const diagramFile = join(import.meta.dirname, '../docs/architecture.md')

/** What is drawn, by the kinds of resources: where it stands, and its shape. */
const drawn: Readonly<Record<string, readonly [place: Place, open: string, close: string]>> = {
  'aws:wafv2/webAcl:WebAcl': ['public', '{{', '}}'],
  'aws:lb/loadBalancer:LoadBalancer': ['public', '[', ']'],
  'aws:ec2/natGateway:NatGateway': ['public', '[', ']'],
  'aws:ecs/service:Service': ['private', '[', ']'],
  'aws:opensearch/domain:Domain': ['private', '[(', ')]'],
  'aws:opensearch/serverlessCollection:ServerlessCollection': ['data', '[(', ')]'],
  'aws:s3/bucket:Bucket': ['data', '[(', ')]'],
  'aws:dynamodb/table:Table': ['data', '[(', ')]'],
  'aws:sqs/queue:Queue': ['data', '[/', '/]'],
  'aws:cloudwatch/eventRule:EventRule': ['events', '([', '])'],
  'aws:backup/vault:Vault': ['events', '[(', ')]'],
  'aws:cognito/userPool:UserPool': ['events', '[', ']'],
}
const places = {
  public: 'Public subnets',
  private: 'Private subnets',
  data: 'Data',
  events: 'Around it',
} as const
type Place = keyof typeof places

const words: Readonly<Record<string, string>> = {
  'aws:wafv2/webAcl:WebAcl': 'WAF',
  'aws:lb/loadBalancer:LoadBalancer': 'load balancer',
  'aws:ec2/natGateway:NatGateway': 'NAT gateway',
  'aws:ecs/service:Service': 'tasks',
  'aws:opensearch/domain:Domain': 'OpenSearch domain',
  'aws:opensearch/serverlessCollection:ServerlessCollection': 'OpenSearch collection',
  'aws:s3/bucket:Bucket': 'bucket',
  'aws:dynamodb/table:Table': 'table',
  'aws:sqs/queue:Queue': 'queue',
  'aws:cloudwatch/eventRule:EventRule': 'rule',
  'aws:backup/vault:Vault': 'backups',
  'aws:cognito/userPool:UserPool': 'user pool',
}

interface Edge {
  from: string
  to: string
  label: string
}

/** A stack as a flowchart of Mermaid. */
export function flowchart(graph: Graph): string {
  const shown = graph.nodes.filter(({ type }) => type in drawn).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  const groups = Object.entries(places).map(([place, title]) => {
    const lines = shown.filter(({ type }) => drawn[type]?.[0] === place).map((node) => `    ${box(graph, node)}`)
    return lines.length === 0 ? '' : `  subgraph ${place}["${title}"]\n${lines.join('\n')}\n  end\n`
  })
  const edges = [...entry(graph), ...grants(graph, shown), ...events(graph, shown)]
  const lines = [...new Set(edges.map(({ from, to, label }) => `  ${from} -->|${label}| ${to}`))].sort()
  return `flowchart LR\n  callers((callers))\n${groups.join('')}  bedrock[[Bedrock]]\n${lines.join('\n')}\n`
}

const shortOf = ({ config }: Graph, { name }: Node) => name.replace(`kass-${config.stack}-`, '')
const idOf = ({ type, name }: Node) => `${type.split(':').at(-1)}_${name}`.replace(/\W/g, '_')

function box(graph: Graph, node: Node): string {
  const [, open = '[', close = ']'] = drawn[node.type] ?? []
  return `${idOf(node)}${open}"${shortOf(graph, node)} ${words[node.type] ?? ''}"${close}`
}

/** From callers to the tasks, by the rules of the security groups. */
function entry(graph: Graph): Edge[] {
  const balancer = idOf(graph.one('aws:lb/loadBalancer:LoadBalancer'))
  const api = idOf(graph.one('aws:ecs/service:Service', '-api'))
  const rule = (ending: string) => {
    const { props } = graph.one('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', ending)
    return String(props.fromPort)
  }
  const walls = graph.of('aws:wafv2/webAcl:WebAcl').map((wall) => ({ from: idOf(wall), to: balancer, label: 'guards' }))
  return [
    { from: 'callers', to: balancer, label: rule('-callers-to-balancer') },
    { from: balancer, to: api, label: rule('-balancer-to-api') },
    ...walls,
  ]
}

/** What tasks do with what, by the policies of their roles. */
function grants(graph: Graph, shown: readonly Node[]): Edge[] {
  return ['api', 'worker'].flatMap((name) => {
    const from = idOf(graph.one('aws:ecs/service:Service', `-${name}`))
    const done = new Map<string, Set<string>>()
    for (const { actions, resources } of statementsOf(
      graph.one('aws:iam/rolePolicy:RolePolicy', `-${name}-task`).props.policy,
    )) {
      for (const arn of resources) {
        const target = arn.startsWith('arn:aws:bedrock:') ? 'bedrock' : targetOf(arn, shown)
        if (target === undefined) continue
        const all = done.get(target) ?? new Set()
        for (const action of actions) all.add(verbOf(action))
        done.set(target, all)
      }
    }
    return [...done].map(([to, verbs]) => ({ from, to, label: [...verbs].sort().join(', ') }))
  })
}

function targetOf(arn: string, shown: readonly Node[]): string | undefined {
  const found = shown.find(({ state }) => arn === state.arn || arn.startsWith(`${String(state.arn)}/`))
  return found && idOf(found)
}

/** An action in one word of four. */
function verbOf(action: string): string {
  const verb = action.split(':')[1] ?? ''
  if (/Invoke|ApplyGuardrail/.test(verb)) return 'calls'
  if (/APIAccess|ESHttp/.test(verb)) return 'searches'
  return /^(Get|List|Query|Scan|BatchGet|Receive)/.test(verb) ? 'reads' : 'writes'
}

/** What sends messages, and where they end. */
function events(graph: Graph, shown: readonly Node[]): Edge[] {
  const byArn = (arn: unknown) => targetOf(String(arn), shown) ?? 'unknown'
  const notified = graph.of('aws:s3/bucketNotification:BucketNotification').flatMap(({ props }) => {
    const bucket = shown.find(
      ({ type, state }) => type === 'aws:s3/bucket:Bucket' && `${state.name}-id` === props.bucket,
    )
    const queues = Array.isArray(props.queues) ? props.queues.filter(isRecord) : []
    return queues.map(({ queueArn }) => ({
      from: bucket ? idOf(bucket) : 'unknown',
      to: byArn(queueArn),
      label: 'changes',
    }))
  })
  const scheduled = graph.of('aws:cloudwatch/eventTarget:EventTarget').flatMap((target) => {
    const rule = idOf(graph.one('aws:cloudwatch/eventRule:EventRule', target.name))
    const dead = target.props.deadLetterConfig
    const kind: unknown = JSON.parse(String(target.props.input))
    return [
      { from: rule, to: byArn(target.props.arn), label: isRecord(kind) ? String(kind.kind) : 'job' },
      ...(isRecord(dead) ? [{ from: rule, to: byArn(dead.arn), label: 'undelivered' }] : []),
    ]
  })
  const buried = graph.of('aws:sqs/queue:Queue').flatMap((queue) => {
    const policy: unknown = JSON.parse(String(queue.props.redrivePolicy ?? '{}'))
    if (!isRecord(policy) || policy.deadLetterTargetArn === undefined) return []
    return [
      { from: idOf(queue), to: byArn(policy.deadLetterTargetArn), label: `after ${String(policy.maxReceiveCount)}` },
    ]
  })
  return [...notified, ...scheduled, ...buried]
}

/** The whole document. */
export async function architecture(): Promise<string> {
  const charts: string[] = []
  for (const stack of ['prod', 'dev']) {
    const graph = await graphOf(readStackFile(stack))
    charts.push(`## ${stack}\n\n\`\`\`mermaid\n${flowchart(graph)}\`\`\`\n`)
  }
  return `# Architecture on AWS

Drawn by \`npm run diagram\` from the resources that the program makes; a test holds this page to it. Arrows of tasks are what
their roles may do; arrows between the load balancer and the tasks are rules of security groups. Settings: [stacks.md](stacks.md).

${charts.join('\n')}`
}

if (import.meta.main) writeFileSync(diagramFile, await architecture())
