import { test } from 'tap'
import { type StackConfig, stackSettings } from '../../config.ts'
import type { StackSetting } from '../../settings/kinds.ts'
import { readStackFile } from '../../stack-file.ts'
import { type Estimate, estimate } from '../estimate.ts'

/** Another value than prod's for each setting, and what else must be so for it to matter. */
const changes: Readonly<Record<string, Partial<StackConfig>>> = {
  zones: { zones: 2 },
  vpcCidr: { vpcCidr: '10.41.0.0/16' },
  egress: { egress: 'nat' },
  natPerZone: { natPerZone: true },
  flowLogs: { flowLogs: false },
  channels: { channels: ['slack'] },
  domain: { domain: 'other.example.com' },
  hostedZoneId: { hostedZoneId: 'Z1' },
  allowHttp: { allowHttp: true },
  allowedCidr: { allowedCidr: '203.0.113.0/24' },
  accessLogs: { accessLogs: false },
  waf: { waf: false },
  wafRequestsPerFiveMinutes: { wafRequestsPerFiveMinutes: 500 },
  cognito: { cognito: true },
  corsOrigins: { corsOrigins: 'https://example.com' },
  image: { image: 'example.com/kass@sha256:0' },
  architecture: { architecture: 'x86_64' },
  apiCpu: { apiCpu: 2048 },
  apiMemory: { apiMemory: 4096 },
  apiMin: { apiMin: 3 },
  apiMax: { apiMax: 11 },
  apiRequestsPerMinute: { apiRequestsPerMinute: 10 },
  workerCpu: { workerCpu: 1024 },
  workerMemory: { workerMemory: 8192 },
  workerMin: { workerMin: 2 },
  workerMax: { workerMax: 20 },
  workerBacklog: { workerBacklog: 10 },
  workerSpot: { workerSpot: true },
  scratchGb: { scratchGb: 50 },
  collector: { collector: false },
  traceSampling: { traceSampling: 1 },
  containerInsights: { containerInsights: false },
  chatModel: { chatModel: 'extractive' },
  embedder: { embedder: 'none' },
  reranker: { reranker: 'none' },
  strongModel: { strongModel: 'anthropic.claude-opus-5-5' },
  fastModel: { fastModel: 'anthropic.claude-sonnet-5-5' },
  embeddingModel: { embeddingModel: 'cohere.embed-v4:0' },
  rerankModel: { rerankModel: 'amazon.rerank-v1:0' },
  embeddingDimensions: { embeddingDimensions: 1024 },
  guardrailId: { guardrailId: 'g' },
  guardrailVersion: { guardrailVersion: '2' },
  encryption: { encryption: 'aws' },
  deletionProtection: { deletionProtection: false },
  pointInTimeRecovery: { pointInTimeRecovery: false },
  formerVersionsDays: { formerVersionsDays: 7 },
  backup: { backup: false },
  backupDays: { backupDays: 7 },
  sweepMinutes: { sweepMinutes: 60 },
  compareHours: { compareHours: 24 },
  search: { search: 'domain' },
  serverlessGeneration: { serverlessGeneration: 'nextgen' },
  serverlessIndexingOcu: { serverlessIndexingOcu: 2 },
  serverlessSearchOcu: { serverlessSearchOcu: 2 },
  serverlessStandby: { serverlessStandby: false },
  domainInstanceType: { domainInstanceType: 'r7g.large.search' },
  domainInstances: { domainInstances: 3 },
  domainMasterType: { domainMasterType: 'm7g.medium.search' },
  domainVolumeGb: { domainVolumeGb: 100 },
  logDays: { logDays: 365 },
  alarmEmail: { alarmEmail: 'someone@example.com' },
  monthlyBudgetUsd: { monthlyBudgetUsd: 0 },
  cloudTrail: { cloudTrail: false },
  guardDuty: { guardDuty: false },
  costAnomaly: { costAnomaly: false },
  owner: { owner: 'search-team' },
}

const base: Readonly<Record<string, Partial<StackConfig>>> = {
  natPerZone: { egress: 'nat' },
  domainInstanceType: { search: 'domain' },
  domainInstances: { search: 'domain' },
  domainMasterType: { search: 'domain', domainInstances: 3 },
  domainVolumeGb: { search: 'domain' },
}

/** Free of charge, or paid for in ways that cannot be reckoned: marked for whoever reads the table, not for the command. */
const withoutFigure: ReadonlySet<string> = new Set(['accessLogs', 'monthlyBudgetUsd'])

const sums = ({ lines }: Estimate) => lines.map(({ service, item, usd }) => [service, item, usd])

test('a setting that is marked as changing the costs does, and no other one but the pace of schedules', async (t) => {
  const prod = readStackFile('prod')
  const workload = { requests: 3_000_000, documents: 50_000 }
  const paces = new Set(['sweepMinutes', 'compareHours', 'apiRequestsPerMinute'])
  for (const [name, setting] of Object.entries<StackSetting<unknown>>(stackSettings)) {
    const change = changes[name]
    if (change === undefined) {
      t.notOk(setting.costs, `${name} changes the costs: it needs a value here, and a place in the estimate`)
      continue
    }
    const before = { ...prod, ...base[name] }
    const after = { ...before, ...change }
    const changed = JSON.stringify(sums(estimate(before, workload))) !== JSON.stringify(sums(estimate(after, workload)))
    t.notSame(after, before, `${name} has another value`)
    if (withoutFigure.has(name)) t.notOk(changed, name)
    else t.equal(changed, setting.costs || paces.has(name), name)
  }
})
