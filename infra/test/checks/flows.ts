import calls from '../../../shared/adapters/aws/calls.json' with { type: 'json' }
import type { Graph, Node } from '../../mocks/graph.ts'
import { account } from '../../mocks/state.ts'
import { interfaceServices } from '../../network/endpoints.ts'
import { isRecord, statementsOf } from '../../policy/statements.ts'

/** Who may talk to whom, and by which port. Everything else is forbidden. */
function allowedFlows({ config }: Graph): string[] {
  const entry = config.domain === '' ? 80 : 443
  const ofTasks = ['api', 'worker'].flatMap((task) => [
    `${task} -> search:443`,
    `${task} -> s3:443`,
    `${task} -> dynamodb:443`,
    ...(config.egress === 'nat' ? [] : [`${task} -> endpoints:443`]),
    ...(config.egress === 'endpoints' ? [] : [`${task} -> 0.0.0.0/0:443`]),
  ])
  return [`${config.allowedCidr} -> balancer:${entry}`, 'balancer -> api:8080', ...ofTasks].sort()
}

/** The rules of all security groups against the table of allowed flows, each on both of its ends. */
export function flowFaults(graph: Graph): string[] {
  const groups = new Map(graph.of('aws:ec2/securityGroup:SecurityGroup').map((node) => [`${node.props.name}-id`, node]))
  const partyOf = (id: unknown) =>
    String(groups.get(String(id))?.name.split('-').at(-1) ?? `a group nobody knows: ${id}`)
  const outside = (props: Node['props']) => {
    const list = typeof props.prefixListId === 'string' ? props.prefixListId.split('-').at(-1) : undefined
    return String(props.cidrIpv4 ?? list)
  }
  const port = ({ fromPort, toPort, ipProtocol }: Node['props']) =>
    ipProtocol === 'tcp' && fromPort === toPort ? String(toPort) : `${ipProtocol} ${fromPort}-${toPort}`
  const flows = (direction: 'Ingress' | 'Egress') =>
    graph.of(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`).map(({ props }) => {
      const own = partyOf(props.securityGroupId)
      const other = props.referencedSecurityGroupId ? partyOf(props.referencedSecurityGroupId) : outside(props)
      const [from, to] = direction === 'Ingress' ? [other, own] : [own, other]
      return `${from} -> ${to}:${port(props)}`
    })
  const parties = new Set([...groups.values()].map(({ name }) => name.split('-').at(-1)))
  const entering = flows('Ingress')
  const leaving = flows('Egress')
  const halves = [
    ...leaving.filter((flow) => parties.has(flow.split(' -> ')[1]?.split(':')[0]) && !entering.includes(flow)),
    ...entering.filter((flow) => parties.has(flow.split(' -> ')[0]) && !leaving.includes(flow)),
  ]
  const found = [...new Set([...entering, ...leaving])]
  const allowed = allowedFlows(graph)
  return [
    ...halves.map((flow) => `only one end allows ${flow}`),
    ...found.filter((flow) => !allowed.includes(flow)).map((flow) => `nobody meant ${flow}`),
    ...allowed.filter((flow) => !found.includes(flow)).map((flow) => `missing is ${flow}`),
    ...defaultGroupFaults(graph),
  ]
}

function defaultGroupFaults(graph: Graph): string[] {
  const { props } = graph.one('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup')
  const rules = [props.ingress, props.egress].flatMap((list) => (Array.isArray(list) ? list : ['?']))
  return rules.length === 0 ? [] : ['the default security group has rules']
}

/** Each service that the adapters call, and the platform needs, has its way where there is no internet, and no other has one. */
export function endpointFaults(graph: Graph): string[] {
  const { config } = graph
  const endpoints = graph.of('aws:ec2/vpcEndpoint:VpcEndpoint')
  const services = endpoints.map(({ props }) =>
    String(props.serviceName).replace(`com.amazonaws.${config.region}.`, ''),
  )
  const called = new Set([...Object.keys(calls.service), ...Object.keys(calls.worker)])
  const models = [config.chatModel, config.embedder, config.reranker].includes('bedrock')
  const wanted = new Set([
    ...['s3', 'dynamodb'].filter((service) => called.has(service)),
    ...(config.egress === 'nat'
      ? []
      : [
          ...(called.has('sqs') ? ['sqs'] : []),
          ...(called.has('bedrock') && models ? ['bedrock-runtime'] : []),
          // The platform's: images and logs.
          ...['ecr.api', 'ecr.dkr', 'logs'],
          // With secrets that containers get there is a model outside, so there is a NAT gateway as well.
          ...(config.chatModel === 'openai-compatible' ? ['secretsmanager'] : []),
          ...(config.collector ? ['xray'] : []),
        ]),
  ])
  return [
    ...[...wanted].filter((service) => !services.includes(service)).map((service) => `no way to ${service}`),
    ...services
      .filter((service) => !wanted.has(service))
      .map((service) => `an endpoint for ${service}, which nobody calls`),
    ...endpoints.flatMap(policyFaults),
    ...endpoints.flatMap((endpoint) => narrowness(endpoint, graph)),
    ...(interfaceServices(config, { secrets: wanted.has('secretsmanager') }).length ===
    services.filter((service) => service !== 's3' && service !== 'dynamodb').length
      ? []
      : ['the list of interface endpoints is not the one that is made']),
  ]
}

/** An endpoint lets through what belongs to this account, and layers of images. */
function policyFaults({ name, props }: Node): string[] {
  return statementsOf(props.policy).flatMap(({ sid, conditions, resources }) => {
    const { StringEquals } = conditions
    if (isRecord(StringEquals) && StringEquals['aws:PrincipalAccount'] === account) return []
    return sid === 'ImageLayers' && resources.every((arn) => /starport-layer-bucket\/\*$/.test(arn))
      ? []
      : [`${name}: ${sid} lets anybody through`]
  })
}

/** What the endpoint of each service is called in permissions. */
const prefixes: Readonly<Record<string, string>> = { 'bedrock-runtime': 'bedrock', 'ecr.api': 'ecr', 'ecr.dkr': 'ecr' }

/** Permissions of roles that the endpoint of their service does not let through. */
function narrowness({ name, props }: Node, graph: Graph): string[] {
  const service = String(props.serviceName).replace(`com.amazonaws.${graph.config.region}.`, '')
  const prefix = prefixes[service] ?? service
  const through = statementsOf(props.policy).flatMap(({ actions }) => actions)
  const granted = graph
    .of('aws:iam/rolePolicy:RolePolicy')
    // Flow logs are written by AWS itself, not from within the network.
    .filter((role) => /-(task|execution)$/.test(role.name))
    .flatMap((role) => statementsOf(role.props.policy).flatMap(({ actions }) => actions))
  return [...new Set(granted)]
    .filter(
      (action) => action.startsWith(`${prefix}:`) && !through.includes(action) && !through.includes(`${prefix}:*`),
    )
    .map((action) => `${name} does not let ${action} through`)
}
