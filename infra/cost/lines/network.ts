import type { StackConfig } from '../../config.ts'
import { interfaceServices } from '../../network/endpoints.ts'
import { secretsOf } from '../../secrets.ts'
import { type Context, gigabytes, hoursAMonth, type Line, line } from '../line.ts'
import { byRequests, ofDocument, type Scenario } from '../usage.ts'

export const natGateways = ({ egress, natPerZone, zones }: StackConfig): number =>
  egress === 'endpoints' ? 0 : natPerZone ? zones : 1

/** Rules of the firewall, as entry/web-firewall.ts has them; a test counts them. */
export const firewallRules = 5

/** How bytes get in and out, and who may. */
export function networkLines(context: Context): Line[] {
  const { config, usage } = context
  const { zones } = config
  const nats = natGateways(config)
  // Only what containers are given is fetched on their way.
  const injected = secretsOf(config).some(({ setting }) => setting !== undefined)
  const endpoints = interfaceServices(config, { secrets: injected }).length
  const requests = usage.questions + usage.searches
  const outGb = gigabytes(requests * usage.answerKb)
  const lines = [
    line(context, 'Load balancer', 'the balancer', 'fixed', hoursAMonth, 'loadBalancer'),
    line(context, 'Load balancer', 'capacity units', 'requests', outGb, 'loadBalancerCapacity'),
    line(context, 'Load balancer', 'public addresses', 'fixed', zones * hoursAMonth, 'publicAddress'),
    line(context, 'Data transfer', 'answers to callers', 'requests', outGb, 'internetTraffic'),
  ]
  const traffic = nats > 0 && endpoints === 0 ? ('natTraffic' as const) : ('interfaceEndpointTraffic' as const)
  const service = traffic === 'natTraffic' ? 'NAT gateways' : 'Interface endpoints'
  if (nats > 0) {
    lines.push(line(context, 'NAT gateways', 'the gateways', 'fixed', nats * hoursAMonth, 'natGateway'))
    lines.push(line(context, 'NAT gateways', 'public addresses', 'fixed', nats * hoursAMonth, 'publicAddress'))
  }
  if (endpoints > 0) {
    const hours = endpoints * zones * hoursAMonth
    lines.push(line(context, 'Interface endpoints', 'the endpoints', 'fixed', hours, 'interfaceEndpoint'))
  }
  const byRequest = gigabytes(byRequests(usage, passing))
  const byDocument = gigabytes(usage.takenIn * ofDocument(usage, passing))
  lines.push(line(context, service, 'traffic', 'requests', byRequest, traffic))
  lines.push(line(context, service, 'traffic', 'documents', byDocument, traffic))
  if (config.search === 'serverless') {
    const hours = zones * hoursAMonth
    lines.push(line(context, 'Interface endpoints', 'the one of the collection', 'fixed', hours, 'interfaceEndpoint'))
  }
  if (config.waf) {
    lines.push(line(context, 'Firewall', 'web ACL', 'fixed', 1, 'firewall'))
    lines.push(line(context, 'Firewall', 'rules', 'fixed', firewallRules, 'firewallRule'))
    lines.push(line(context, 'Firewall', 'requests', 'requests', requests / 1e6, 'firewallRequests'))
  }
  if (config.cognito) {
    const above = Math.max(0, usage.users - 10_000)
    lines.push(line(context, 'Cognito', 'people above 10,000', 'fixed', above, 'signedInUsers'))
  }
  if (config.flowLogs) {
    lines.push(line(context, 'Network logs', 'flow logs', 'fixed', usage.flowLogsGb, 'flowLogs'))
  }
  return lines
}

/** KB that leave the network or come in by an endpoint or NAT gateway: models and queue, and what is logged. */
function passing({ kilobytes, logBytes }: Scenario): number {
  return (kilobytes.bedrock ?? 0) + (kilobytes.sqs ?? 0) + logBytes / 1024
}
