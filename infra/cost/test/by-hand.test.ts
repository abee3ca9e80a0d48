import { test } from 'tap'
import { readStackFile } from '../../stack-file.ts'
import { egressAlternatives } from '../alternatives.ts'
import { type Estimate, type EstimateLine, estimate } from '../estimate.ts'
import { dollars } from '../money.ts'
import { prices } from '../prices.ts'
import { assumptions, scenarios } from '../usage.ts'

const month = 730
const few = { requests: 100_000, documents: 1_000 }

const linesOf = ({ lines }: Estimate, service: string, item: string): EstimateLine[] =>
  lines.filter((line) => line.service === service && line.item.startsWith(item))
const usdOf = (lines: readonly EstimateLine[]) => lines.reduce((sum, { usd }) => sum + usd.expected, 0)
const cents = (usd: number) => Math.round(usd * 100) / 100

test('a NAT gateway in Frankfurt is 37.96 dollars a month with its address at 3.65', async (t) => {
  const dev = estimate({ ...readStackFile('dev'), egress: 'nat', natPerZone: false }, few)
  t.equal(cents(usdOf(linesOf(dev, 'NAT gateways', 'the gateways'))), cents(month * 0.052))
  t.equal(cents(usdOf(linesOf(dev, 'NAT gateways', 'public addresses'))), 3.65)
})

test('interface endpoints are paid for each zone, so six in two zones cost more than twice a NAT gateway', async (t) => {
  const config = {
    ...{ ...readStackFile('dev'), zones: 2 as const, collector: true, search: 'domain' as const },
  }
  const choices = egressAlternatives(config, { requests: 0, documents: 0 }, 'eu-central-1')
  const [endpoints, nat] = choices.map(({ cost }) => cost.expected)
  t.equal(cents(endpoints ?? 0), cents(6 * 2 * month * 0.012))
  t.equal(cents(nat ?? 0), cents(month * (0.052 + 0.005)))
  t.ok((endpoints ?? 0) > 2.5 * (nat ?? 0))
})

test('an idle classic collection costs two capacity units with a standby and one without', async (t) => {
  const config = { ...readStackFile('prod'), serverlessStandby: true }
  const item = 'least capacity of the collection'
  const idle = { requests: 0, documents: 0 }
  t.equal(cents(usdOf(linesOf(estimate(config, idle, 'us-east-1'), 'OpenSearch', item))), 350.4)
  const single = estimate({ ...config, serverlessStandby: false }, idle, 'us-east-1')
  t.equal(cents(usdOf(linesOf(single, 'OpenSearch', item))), 175.2)
})

test('a collection costs no more than its limits, however many documents there are', async (t) => {
  const config = { ...readStackFile('prod'), serverlessIndexingOcu: 6, serverlessSearchOcu: 6 }
  const units = estimate(config, { requests: 0, documents: 100_000_000 }).lines.filter(
    ({ unit }) => unit === 'OCU-hour',
  )
  t.equal(
    units.reduce((sum, { quantity }) => sum + quantity.expected, 0),
    12 * month,
  )
})

test('a domain costs its machines, its masters and its disks', async (t) => {
  const config = {
    ...readStackFile('dev'),
    ...{ domainInstanceType: 'r7g.large.search', domainInstances: 3, domainMasterType: 'm7g.medium.search' },
    domainVolumeGb: 100,
  }
  const { services } = estimate(config, few, 'us-east-1')
  const search = services.find(({ service }) => service === 'OpenSearch')
  t.equal(cents(search?.total.expected ?? 0), cents(month * 3 * (0.178 + 0.068) + 300 * 0.122))
  t.throws(() => estimate({ ...config, domainInstanceType: 'x9.huge.search' }, few), /No price is known for x9\.huge/)
})

test('two API tasks of one processor and 2 GiB on arm64 are what Fargate lists for them', async (t) => {
  const prod = estimate({ ...readStackFile('prod'), apiMin: 2, apiCpu: 1024, apiMemory: 2048 }, few)
  const fixed = linesOf(prod, 'Fargate', 'API tasks: ')
  t.equal(cents(usdOf(fixed)), cents(2 * month * (0.03725 + 2 * 0.00409)))
})

test('answers cost their tokens at the price of the model, a tenth more in a geography than anywhere', async (t) => {
  const config = { ...readStackFile('dev'), strongModel: 'anthropic.claude-sonnet-5-5' }
  const workload = { ...few, tokensIn: 1000, tokensOut: 100 }
  const [line] = linesOf(estimate(config, workload), 'Bedrock', 'answers')
  const usd = (1000 * 2 + 100 * 10) / 1e6
  t.match(line?.item, /\(eu\.anthropic\.claude-sonnet-5-5\)/)
  t.equal(cents(line?.usd.expected ?? 0), cents((line?.quantity.expected ?? 0) * 1000 * usd * 1.1))
  const [anywhere] = linesOf(
    estimate({ ...config, strongModel: `global.${config.strongModel}` }, workload),
    'Bedrock',
    'answers',
  )
  t.equal(cents(anywhere?.usd.expected ?? 0), cents((anywhere?.quantity.expected ?? 0) * 1000 * usd))
})

test('the measured request units of a search are paid for every search', async (t) => {
  const config = { ...readStackFile('dev'), pointInTimeRecovery: false }
  const read = (requests: number) =>
    linesOf(estimate(config, { requests, documents: 0 }), 'DynamoDB', 'reads').find(({ cause }) => cause === 'requests')
  const [, chatShare] = assumptions.chatShare.values
  const [, followUps] = assumptions.followUpShare.values
  const [, cached] = assumptions.cachedShare.values
  const { search, turn, cached: again, 'follow-up': further } = scenarios
  const first = chatShare * (1 - followUps)
  const units =
    (1 - chatShare) * search.dynamodb.readUnits +
    first * (cached * again.dynamodb.readUnits + (1 - cached) * turn.dynamodb.readUnits) +
    chatShare * followUps * further.dynamodb.readUnits
  t.equal(cents(read(1_000_000)?.quantity.expected ?? 0), cents(units))
  t.equal(read(0)?.quantity.expected, 0)
})

test('a month of SQS is asked for messages once in twenty seconds', async (t) => {
  const polls = (scenarios['idle-minute'].sqs.requests * 60 * 24 * 30) / 1e6
  t.ok(polls > 0.12 && polls < 0.25, `${polls} million requests`)
})

test('sums for people have three digits, and nothing is said to cost nothing that does', async (t) => {
  t.same([0, 0.001, 0.5, 9.994, 12.3, 1234.5, 98765].map(dollars), [
    '$0',
    '<$0.01',
    '$0.50',
    '$9.99',
    '$12',
    '$1,230',
    '$98,800',
  ])
})

test('every price says where and when it was read, and what is not confirmed says why', async (t) => {
  for (const [name, { usd, unit, source, ...more }] of Object.entries(prices)) {
    t.ok(unit && source.page && /20\d\d-\d\d-\d\d/.test(source.read), name)
    for (const each of Object.values(usd)) t.ok(each > 0, name)
    if (source.page.startsWith('not found')) t.ok('unconfirmed' in more, name)
  }
})
