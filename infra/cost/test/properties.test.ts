import fc from 'fast-check'
import { test } from 'tap'
import type { StackConfig } from '../../config.ts'
import { readStackFile, stacks } from '../../stack-file.ts'
import { caseNames } from '../cases.ts'
import { type Estimate, estimate } from '../estimate.ts'
import { pricedRegions } from '../prices.ts'
import type { Workload } from '../usage.ts'

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))

const some = <T>(...values: T[]) => fc.constantFrom(...values)
/** Any stack with any of its choices. */
const configs: fc.Arbitrary<StackConfig> = fc
  .record({
    of: some(...stacks),
    change: fc.record(
      {
        zones: some(2 as const, 3 as const),
        egress: some('endpoints' as const, 'nat' as const, 'both' as const),
        natPerZone: fc.boolean(),
        waf: fc.boolean(),
        cognito: fc.boolean(),
        flowLogs: fc.boolean(),
        encryption: some('aws' as const, 'kms' as const),
        apiMin: fc.integer({ min: 1, max: 3 }),
        apiMax: fc.integer({ min: 3, max: 50 }),
        workerMin: fc.integer({ min: 0, max: 2 }),
        workerMax: fc.integer({ min: 2, max: 20 }),
        workerSpot: fc.boolean(),
        chatModel: some('extractive' as const, 'bedrock' as const),
        embedder: some('none' as const, 'bedrock' as const),
        reranker: some('none' as const, 'bedrock' as const),
        search: some('serverless' as const, 'domain' as const),
        serverlessGeneration: some('classic' as const, 'nextgen' as const),
        serverlessStandby: fc.boolean(),
        serverlessIndexingOcu: fc.integer({ min: 1, max: 20 }),
        backup: fc.boolean(),
        cloudTrail: fc.boolean(),
        guardDuty: fc.boolean(),
        compareHours: fc.integer({ min: 1, max: 168 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ of, change }) => ({ ...readStackFile(of), ...change }))
  .filter(({ apiMin, apiMax, workerMin, workerMax }) => apiMin <= apiMax && workerMin <= workerMax)

const workloads: fc.Arbitrary<Workload> = fc.record(
  {
    requests: fc.integer({ min: 0, max: 50_000_000 }),
    documents: fc.integer({ min: 0, max: 200_000 }),
    tokensIn: fc.integer({ min: 1, max: 50_000 }),
    tokensOut: fc.integer({ min: 1, max: 8_000 }),
  },
  { requiredKeys: ['requests', 'documents'] },
)
const regions = some(...pricedRegions)

test('the floor is never above what is expected, nor that above the ceiling, in any service', async (t) => {
  fc.assert(
    fc.property(configs, workloads, regions, (config, workload, region) => {
      const { services } = estimate(config, workload, region)
      for (const { service, total } of services) {
        const { floor, expected, ceiling } = total
        if (floor > expected + 1e-9 || expected > ceiling + 1e-9)
          throw new Error(`${service}: ${JSON.stringify(total)}`)
      }
    }),
  )
  t.pass()
})

const notLess = (less: Estimate, more: Estimate) => {
  for (const [at, { service, total }] of less.services.entries()) {
    for (const which of caseNames) {
      const than = more.services[at]?.total[which] ?? Number.NaN
      if (!(than >= total[which] - 1e-9)) throw new Error(`${service} falls from ${total[which]} to ${than} (${which})`)
    }
  }
}

test('more requests and more documents never cost less, in any service', async (t) => {
  fc.assert(
    fc.property(configs, workloads, regions, fc.nat(1_000_000), fc.nat(100_000), (config, less, region, more, docs) => {
      const requests = { ...less, requests: less.requests + more }
      const documents = { ...less, documents: less.documents + docs }
      const from = estimate(config, less, region)
      notLess(from, estimate(config, requests, region))
      notLess(from, estimate(config, documents, region))
    }),
  )
  t.pass()
})

test('longer prompts and answers never cost less', async (t) => {
  fc.assert(
    fc.property(configs, workloads, fc.nat(20_000), fc.nat(4_000), (config, workload, more, longer) => {
      const [tokensIn, tokensOut] = [workload.tokensIn ?? 1000, workload.tokensOut ?? 100]
      const from = estimate(config, { ...workload, tokensIn, tokensOut })
      notLess(from, estimate(config, { ...workload, tokensIn: tokensIn + more, tokensOut }))
      notLess(from, estimate(config, { ...workload, tokensIn, tokensOut: tokensOut + longer }))
    }),
  )
  t.pass()
})

test('lines add up to services, services to the whole, and each line is its quantity at its price', async (t) => {
  fc.assert(
    fc.property(configs, workloads, regions, (config, workload, region) => {
      const month = estimate(config, workload, region)
      for (const which of caseNames) {
        const lines = month.lines.reduce((sum, { usd }) => sum + usd[which], 0)
        const services = month.services.reduce((sum, { total }) => sum + total[which], 0)
        if (!near(lines, services) || !near(services, month.total[which])) throw new Error(`${lines} ${services}`)
      }
      for (const { service, fixed, documents, requests, total } of month.services) {
        for (const which of caseNames) {
          if (!near(fixed[which] + documents[which] + requests[which], total[which])) throw new Error(service)
        }
      }
      for (const { item, usd } of month.lines) {
        for (const which of caseNames) if (!(usd[which] >= 0)) throw new Error(`${item}: ${usd[which]}`)
      }
    }),
  )
  t.pass()
})

test('what is fixed does not go by requests or documents', async (t) => {
  fc.assert(
    fc.property(configs, workloads, workloads, (config, one, other) => {
      const fixed = (workload: Workload) => estimate(config, workload).services.map((each) => each.fixed.expected)
      if (JSON.stringify(fixed(one)) !== JSON.stringify(fixed(other))) throw new Error('it does')
    }),
  )
  t.pass()
})
