import { test } from 'tap'
import { type Graph, graphOf, isRecord, type Node } from '../../mocks/graph.ts'
import { variants } from '../../test/variants.ts'
import { type Estimate, estimate } from '../estimate.ts'
import { freeKinds, resources } from '../resources.ts'

const month = 730
const { stacks, combinations } = variants()
const made: { name: string; graph: Graph; bill: Estimate }[] = []
for (const { name, config } of [...stacks, ...combinations]) {
  made.push({ name, graph: await graphOf(config), bill: estimate(config, { requests: 100_000, documents: 1_000 }) })
}

const isFree = (type: string) => freeKinds.some((kind) => kind.test(type))
const servicesOf = (type: string): readonly string[] => {
  const about = resources[type]
  return about && 'paid' in about ? about.paid : []
}
const priced = ({ lines }: Estimate) => new Set(lines.flatMap(({ service, usd }) => (usd.ceiling > 0 ? [service] : [])))

test('every kind of resource that a stack has is priced, or named as free with the reason', async (t) => {
  const unknown = made.flatMap(({ graph }) =>
    graph.nodes.map(({ type }) => type).filter((type) => !(type in resources) && !isFree(type)),
  )
  t.same([...new Set(unknown)].sort(), [])
})

test('nothing is named that no stack has', async (t) => {
  const types = new Set(made.flatMap(({ graph }) => graph.nodes.map(({ type }) => type)))
  t.same(
    Object.keys(resources).filter((type) => !types.has(type)),
    [],
  )
  t.same(
    freeKinds.filter((kind) => ![...types].some((type) => kind.test(type))),
    [],
  )
})

test('what a stack has is on its bill, and nothing is that it does not have', async (t) => {
  for (const { name, graph, bill } of made) {
    const types = new Set(graph.nodes.map(({ type }) => type))
    const there = new Set([...types].flatMap(servicesOf))
    const onBill = priced(bill)
    t.same(
      [...onBill].filter((service) => !there.has(service)),
      [],
      `${name}: paid and not there`,
    )
    // The first service is what the resource itself costs; the others are what may be done with it.
    const owed = [...types].flatMap((type) => servicesOf(type).slice(0, 1))
    const unpaid = [...new Set(owed)].filter((service) => !onBill.has(service))
    const gatewaysOnly = interfacesOf(graph) === 0 && unpaid.join() === 'Interface endpoints'
    t.same(gatewaysOnly ? [] : unpaid, [], `${name}: there and not paid`)
  }
})

const numberOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0)
const field = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined)
const count = (nodes: readonly Node[], of: (node: Node) => number) => nodes.reduce((sum, node) => sum + of(node), 0)

/** Interface endpoints, each in each of its zones. */
function interfacesOf(graph: Graph): number {
  const own = graph.of('aws:ec2/vpcEndpoint:VpcEndpoint').filter(({ props }) => props.vpcEndpointType === 'Interface')
  const search = graph.of('aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint')
  return count([...own, ...search], ({ props }) => numberOf(props.subnetIds))
}

/** Metrics that an alarm looks at; an expression is none. */
function lookedAt({ props }: Node): number {
  const queries = Array.isArray(props.metricQueries) ? props.metricQueries : []
  return queries.length === 0 ? 1 : queries.filter((query) => isRecord(query) && isRecord(query.metric)).length
}

/** Alarms that AWS makes by itself: two for each target that is followed. */
function ownAlarms(graph: Graph): number {
  const policies = graph.of('aws:appautoscaling/policy:Policy')
  return 2 * policies.filter(({ props }) => props.policyType === 'TargetTrackingScaling').length
}

function quantityOf({ lines }: Estimate, service: string, items: RegExp): number {
  return lines
    .filter((line) => line.service === service && line.cause === 'fixed' && items.test(line.item))
    .reduce((sum, { quantity }) => sum + quantity.expected, 0)
}

test('the quantities are those of the stack: hours, zones, addresses, rules, alarms, keys and machines', async (t) => {
  for (const { name, graph, bill } of made) {
    const { config } = graph
    const nats = graph.of('aws:ec2/natGateway:NatGateway').length
    const balanced = numberOf(graph.one('aws:lb/loadBalancer:LoadBalancer').props.subnets)
    const rules = count(graph.of('aws:wafv2/webAcl:WebAcl'), ({ props }) => numberOf(props.rules))
    const alarms = count(graph.of('aws:cloudwatch/metricAlarm:MetricAlarm'), lookedAt) + ownAlarms(graph)
    const expected: [string, RegExp, number][] = [
      ['NAT gateways', /gateways/, nats * month],
      ['NAT gateways', /addresses/, graph.of('aws:ec2/eip:Eip').length * month],
      ['Load balancer', /addresses/, balanced * month],
      ['Interface endpoints', /endpoints|collection/, interfacesOf(graph) * month],
      ['Firewall', /web ACL/, graph.of('aws:wafv2/webAcl:WebAcl').length],
      ['Firewall', /rules/, rules],
      ['CloudWatch', /alarms/, alarms],
      ['CloudWatch', /dashboard/, graph.of('aws:cloudwatch/dashboard:Dashboard').length],
      ['Secrets and keys', /^secrets/, graph.of('aws:secretsmanager/secret:Secret').length],
      ['Secrets and keys', /key in KMS/, graph.of('aws:kms/key:Key').length],
    ]
    for (const domain of graph.of('aws:opensearch/domain:Domain')) {
      const { clusterConfig, ebsOptions } = domain.props
      const machines = Number(field(clusterConfig, 'instanceCount'))
      expected.push(['OpenSearch', /machines/, machines * month])
      expected.push(['OpenSearch', /masters/, Number(field(clusterConfig, 'dedicatedMasterCount') ?? 0) * month])
      expected.push(['OpenSearch', /disks/, machines * Number(field(ebsOptions, 'volumeSize'))])
    }
    const task = graph.one('aws:ecs/taskDefinition:TaskDefinition', '-api').props
    const hours = config.apiMin * month
    expected.push(['Fargate', /^API tasks: processors/, (hours * Number(task.cpu)) / 1024])
    expected.push(['Fargate', /^API tasks: memory/, (hours * Number(task.memory)) / 1024])
    for (const [service, items, quantity] of expected) {
      t.equal(quantityOf(bill, service, items), quantity, `${name}: ${service}, ${items.source}`)
    }
  }
})
