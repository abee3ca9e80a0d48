import { loadStackConfig, type StackConfig } from '../config.ts'
import { readStackFile, stacks } from '../stack-file.ts'
import { type Choices, pairwise } from './pairwise.ts'

/** What is more than a number: each with the values that make another stack of it. */
export const choices: Choices = {
  zones: ['2', '3'],
  egress: ['endpoints', 'nat', 'both'],
  natPerZone: ['false', 'true'],
  flowLogs: ['false', 'true'],
  channels: ['', 'slack,gitlab'],
  domain: ['', 'kass.example.com'],
  accessLogs: ['false', 'true'],
  waf: ['false', 'true'],
  cognito: ['false', 'true'],
  architecture: ['arm64', 'x86_64'],
  image: ['', '123456789012.dkr.ecr.eu-central-1.amazonaws.com/kass@sha256:1'],
  workerMin: ['0', '1'],
  workerSpot: ['false', 'true'],
  scratchGb: ['20', '50'],
  collector: ['false', 'true'],
  containerInsights: ['false', 'true'],
  chatModel: ['extractive', 'bedrock', 'openai-compatible'],
  embedder: ['none', 'bedrock'],
  reranker: ['none', 'bedrock'],
  strongModel: ['', 'global.anthropic.claude-sonnet-5-5'],
  guardrailId: ['', 'gr1'],
  encryption: ['aws', 'kms'],
  deletionProtection: ['false', 'true'],
  pointInTimeRecovery: ['false', 'true'],
  backup: ['false', 'true'],
  search: ['serverless', 'domain'],
  serverlessGeneration: ['classic', 'nextgen'],
  serverlessStandby: ['false', 'true'],
  domainInstances: ['1', '6'],
  domainMasterType: ['', 'm7g.medium.search'],
  alarmEmail: ['', 'on-call@example.com'],
  monthlyBudgetUsd: ['0', '100'],
  cloudTrail: ['false', 'true'],
  guardDuty: ['false', 'true'],
  costAnomaly: ['false', 'true'],
}

/** What excludes each other (settings/refusals.ts). */
const excluding: readonly Readonly<Record<string, string>>[] = [
  { channels: 'slack,gitlab', egress: 'endpoints' },
  { chatModel: 'openai-compatible', egress: 'endpoints' },
  { cognito: 'true', egress: 'endpoints' },
  { cognito: 'true', domain: '' },
  { natPerZone: 'true', egress: 'endpoints' },
  { domainInstances: '1', domainMasterType: 'm7g.medium.search' },
]

const fits = (row: Record<string, string>) =>
  !excluding.some((pair) => Object.entries(pair).every(([name, value]) => row[name] === value))

/** What a choice needs beside it. */
function dressed(row: Record<string, string>): Record<string, string> {
  const whole = { ...row }
  if (row.domain === '') Object.assign(whole, { allowHttp: 'true', allowedCidr: '192.0.2.0/24' })
  else Object.assign(whole, { hostedZoneId: 'Z0123456789' })
  if (row.chatModel === 'openai-compatible') {
    Object.assign(whole, { openaiUrl: 'https://models.example.com/v1', openaiChatModel: 'some-model' })
  }
  return whole
}

/** The stacks that are deployed, and combinations in which every pair of choices occurs that may occur. */
export function variants(): { stacks: Variant[]; combinations: Variant[]; excluded: string[] } {
  const { rows, excluded } = pairwise(choices, fits)
  const combinations = rows.map((row, index) => ({
    name: `combination ${index + 1}`,
    config: loadStackConfig(
      { stack: `v${index + 1}`, region: index % 2 === 0 ? 'eu-central-1' : 'us-east-1' },
      dressed(row),
    ),
  }))
  return { stacks: stacks.map((stack) => ({ name: stack, config: readStackFile(stack) })), combinations, excluded }
}

export interface Variant {
  name: string
  config: StackConfig
}
