import type { StackConfig } from '../config.ts'
import { type Cases, sumOf } from './cases.ts'
import { type Estimate, estimate } from './estimate.ts'
import type { Workload } from './usage.ts'

/** What one choice would cost, all else being equal: the services that it touches. */
export interface Alternative {
  choice: string
  chosen: boolean
  /** Of the services that the choice touches, a month. */
  cost: Cases
}

const way = new Set(['NAT gateways', 'Interface endpoints', 'Network logs'])
const index = new Set(['OpenSearch'])

type Change = Partial<StackConfig>

/** The ways out of the network, as they would cost in this stack. */
export function egressAlternatives(config: StackConfig, workload: Workload, region: string): Alternative[] {
  const { zones } = config
  const choices: [string, Change][] = [
    ['endpoints: interface endpoints in each zone, no NAT', { egress: 'endpoints', natPerZone: false }],
    ['nat: one NAT gateway for all zones', { egress: 'nat', natPerZone: false }],
    [`nat, natPerZone: a NAT gateway in each of ${zones} zones`, { egress: 'nat', natPerZone: true }],
    ['both: endpoints for AWS, one NAT gateway for the rest', { egress: 'both', natPerZone: false }],
  ]
  return choices.map(([choice, change]) => alternative(config, workload, region, { choice, change, services: way }))
}

/** The kinds of OpenSearch, as they would cost in this stack. */
export function searchAlternatives(config: StackConfig, workload: Workload, region: string): Alternative[] {
  const serverless: Change = { search: 'serverless', serverlessGeneration: 'classic' }
  const small: Change = { search: 'domain', domainInstanceType: 't3.small.search', domainInstances: 1 }
  const spread: Change = {
    ...{ search: 'domain', domainInstanceType: 'r7g.large.search', domainInstances: config.zones },
    ...{ domainMasterType: 'm7g.medium.search', domainVolumeGb: 100 },
  }
  const choices: [string, Change][] = [
    ['serverless, classic, with a standby', { ...serverless, serverlessStandby: true }],
    ['serverless, classic, without', { ...serverless, serverlessStandby: false }],
    ['serverless, next generation (scales to zero)', { ...serverless, serverlessGeneration: 'nextgen' }],
    ['domain: one t3.small.search', { ...small, domainMasterType: '', domainVolumeGb: 20 }],
    [`domain: ${config.zones} r7g.large.search and three masters`, spread],
  ]
  return choices.map(([choice, change]) => alternative(config, workload, region, { choice, change, services: index }))
}

function alternative(
  config: StackConfig,
  workload: Workload,
  region: string,
  { choice, change, services }: { choice: string; change: Change; services: ReadonlySet<string> },
): Alternative {
  const changed = { ...config, ...change }
  const chosen = Object.entries(changed).every(([key, value]) => config[key as keyof StackConfig] === value)
  return { choice, chosen, cost: costOf(estimate(changed, workload, region), services) }
}

const costOf = ({ services }: Estimate, wanted: ReadonlySet<string>): Cases =>
  sumOf(services.filter(({ service }) => wanted.has(service)).map(({ total }) => total))
