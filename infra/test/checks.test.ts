import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as pulumi from '@pulumi/pulumi'
import t from 'tap'
import { parse } from 'yaml'
import { type Graph, graphOf, isRecord, type Node, settled } from '../mocks/graph.ts'
import { stateOf } from '../mocks/state.ts'
import { readStackFile } from '../stack-file.ts'
import { containerFaults } from './checks/containers.ts'
import { endpointFaults, flowFaults } from './checks/flows.ts'
import { grantFaults } from './checks/grants.ts'
import { metricFaults } from './checks/metrics.ts'
import { packFaults, subjectsOf } from './checks/pack.ts'
import { policyFaults } from './checks/policies.ts'

const prod = await graphOf(readStackFile('prod'))

/** The same stack with one resource changed, or without it. */
function but(type: string, ending: string, change: ((node: Node) => Node) | 'gone'): Graph {
  const hit = prod.one(type, ending)
  const nodes = prod.nodes.flatMap((node) =>
    node !== hit ? [node] : change === 'gone' ? [] : [change(structuredClone(node))],
  )
  const of = (kind: string) => nodes.filter((node) => node.type === kind)
  return {
    ...{ ...prod, nodes, of },
    one(kind, end = '') {
      const found = of(kind).find((node) => node.name.endsWith(end))
      if (found === undefined) throw new Error(`there is no ${kind} ${end}`)
      return found
    },
  }
}
const props = (more: Record<string, unknown>) => (node: Node) => ({ ...node, props: { ...node.props, ...more } })
/** Replaces a piece of a text among the properties, which must be there. */
const text = (key: string, from: string, to: string) => (node: Node) => {
  const value = String(node.props[key])
  if (!value.includes(from)) throw new Error(`${node.name} ${key} does not have ${from}`)
  return { ...node, props: { ...node.props, [key]: value.replace(from, to) } }
}

const rolePolicy = 'aws:iam/rolePolicy:RolePolicy'
const ingress = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
const endpoint = 'aws:ec2/vpcEndpoint:VpcEndpoint'
const alarm = 'aws:cloudwatch/metricAlarm:MetricAlarm'
const task = 'aws:ecs/taskDefinition:TaskDefinition'

/** What may go wrong, by the check that has to find it. */
const mistakes: [what: string, check: (graph: Graph) => string[] | Promise<string[]>, graph: Graph, says: RegExp][] = [
  [
    'a flow with one end',
    flowFaults,
    but(ingress, 'worker-to-search', 'gone'),
    /only one end allows worker -> search:443/,
  ],
  [
    'another port',
    flowFaults,
    but(ingress, 'balancer-to-api', props({ fromPort: 22, toPort: 22 })),
    /nobody meant .* api:22/,
  ],
  [
    'the world at the tasks',
    flowFaults,
    but(ingress, 'balancer-to-api', props({ referencedSecurityGroupId: undefined, cidrIpv4: '0.0.0.0/0' })),
    /nobody meant 0.0.0.0\/0 -> api/,
  ],
  [
    'a default group that lets out',
    flowFaults,
    but('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup', '', props({ egress: [{}] })),
    /default security group/,
  ],
  ['no way to a service', endpointFaults, but(endpoint, '-sqs', 'gone'), /no way to sqs/],
  [
    'an endpoint for everybody',
    endpointFaults,
    but(endpoint, '-logs', text('policy', 'aws:PrincipalAccount', 'aws:SourceAccount')),
    /lets anybody through/,
  ],
  [
    'an endpoint that is too narrow',
    endpointFaults,
    but(endpoint, '-bedrock-runtime', text('policy', 'bedrock:InvokeModelWithResponseStream', 'bedrock:Other')),
    /does not let .*Stream through/,
  ],
  [
    'a permission that is missing',
    grantFaults,
    but(rolePolicy, '-api-task', text('policy', '"dynamodb:UpdateItem"', '"dynamodb:Scan"')),
    /may not dynamodb:UpdateItem/,
  ],
  [
    'a permission too many',
    grantFaults,
    but(rolePolicy, '-worker-task', text('policy', '"dynamodb:Scan"', '"dynamodb:Scan","dynamodb:DeleteTable"')),
    /may dynamodb:DeleteTable documents, which it never does/,
  ],
  [
    'another resource',
    grantFaults,
    but(rolePolicy, '-api-task', text('policy', 'kass-prod-derived-1a2b3c4/*', 'kass-dev-derived-1a2b3c4/*')),
    /may not s3:GetObject derived/,
  ],
  [
    'an action that does not exist',
    policyFaults,
    but(rolePolicy, '-api-task', text('policy', 's3:AbortMultipartUpload', 's3:AbortUpload')),
    /s3:AbortUpload does not exist/,
  ],
  [
    'an action on what it is not for',
    policyFaults,
    but(rolePolicy, '-api-task', text('policy', '"s3:ListBucket"', '"s3:GetObject"')),
    /s3:GetObject is not for/,
  ],
  [
    'a condition that nobody knows',
    policyFaults,
    but(rolePolicy, '-api-task', text('policy', 'kms:ViaService', 'kms:Through')),
    /no condition kms:Through/,
  ],
  [
    'a name of the wrong table',
    containerFaults,
    but(task, '-api', text('containerDefinitions', 'kass-prod-access', 'kass-dev-access')),
    /instead of kass-prod-access/,
  ],
  [
    'a root that may be written to',
    containerFaults,
    but(
      task,
      '-worker',
      text('containerDefinitions', '"readonlyRootFilesystem":true', '"readonlyRootFilesystem":false'),
    ),
    /may write to its root/,
  ],
  [
    'a metric that is not there',
    metricFaults,
    but(alarm, '-oldest-job', props({ metricName: 'AgeOfOldest' })),
    /AWS\/SQS has no AgeOfOldest/,
  ],
  [
    'a dimension that is not there',
    metricFaults,
    but(alarm, '-dead-letters', props({ dimensions: { QueueName: 'kass-dev-dead-letters' } })),
    /there is no QueueName/,
  ],
  [
    'a metric of ours by another label',
    metricFaults,
    but(alarm, '-kass-lease-lost', props({ dimensions: { Route: '/chat' } })),
    /LeasesLost is not emitted by Route/,
  ],
  [
    'a label that never occurs',
    metricFaults,
    but(alarm, '-kass-queue-depth', props({ dimensions: { State: 'asleep' } })),
    /never has State asleep/,
  ],
  [
    'another namespace',
    metricFaults,
    but(alarm, '-kass-lease-lost', props({ namespace: 'KASS/dev' })),
    /nobody publishes KASS\/dev/,
  ],
  [
    'an unprotected table',
    (graph) => packFaults(subjectsOf(graph)),
    but('aws:dynamodb/table:Table', '-access', (node) => ({ ...node, protect: false })),
    /protection: kass-prod-access/,
  ],
  [
    'a resource of another provider',
    (graph) => packFaults(subjectsOf(graph)),
    but('aws:ecs/cluster:Cluster', '', (node) => ({ ...node, provider: '' })),
    /tags: kass-prod-cluster/,
  ],
]

t.test('each check finds what it is for', async (t) => {
  for (const [what, check, graph, says] of mistakes) {
    const faults = await check(graph)
    t.ok(
      faults.some((fault) => says.test(fault)),
      what,
      { faults },
    )
  }
})

t.test('a setting that the program does not accept is found', async (t) => {
  const graph = but(task, '-api', text('containerDefinitions', '"value":"aws"', '"value":"cloud"'))
  t.throws(() => containerFaults(graph), /STORAGE=cloud/)
})

t.test('the program itself reads the file of its stack, and gives what an operator needs', async (t) => {
  const file: unknown = parse(readFileSync(join(import.meta.dirname, '../../Pulumi.dev.yaml'), 'utf8'))
  if (!isRecord(file) || !isRecord(file.config)) throw new Error('the file has no config')
  const given = Object.entries(file.config).map(([key, value]) => [key, String(value)])
  pulumi.runtime.setAllConfig(Object.fromEntries(given))
  const config = readStackFile('dev')
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => stateOf(type, name, inputs, config),
      call: () => ({ accountId: '123456789012', names: ['a', 'b', 'c'] }),
    },
    'kass',
    'dev',
  )
  const outputs: unknown = await settled({ ...(await import('../index.ts')) })
  t.match(outputs, {
    apiUrl: /^http:/,
    docsUrl: /\/docs$/,
    documentsBucket: /^kass-dev-documents/,
    ingestQueueUrl: /kass-dev-ingest$/,
    logGroups: ['/kass/dev/api', '/kass/dev/worker', '/kass/dev/tools'],
    searchEndpoint: /^https:/,
    searchId: /./,
    dashboardUrl: /^https:.*kass-dev$/,
    keyCommand: 'npm run first-key -- --stack dev',
  })
  t.notMatch(JSON.stringify(outputs), /kass_[a-z0-9]+_/, 'and no key')
})
