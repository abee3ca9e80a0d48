import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadStackConfig, StackConfigError, stackSettings } from '../config.ts'
import type { StackSetting } from '../settings/kinds.ts'
import { readStackFile, stacks } from '../stack-file.ts'
import { stacksFile, stacksTable } from '../stacks-table.ts'

const about = { stack: 'test', region: 'eu-central-1' }
const least = { domain: 'kass.example.com', hostedZoneId: 'Z123' }

/** The faults that a configuration is refused for. */
function faultsOf(given: Record<string, string>, where = about): readonly string[] {
  try {
    loadStackConfig(where, { ...least, ...given })
    return []
  } catch (error) {
    if (error instanceof StackConfigError) return error.faults
    throw error
  }
}

t.test('every stack that is deployed has a configuration without faults', async (t) => {
  for (const stack of stacks) t.equal(readStackFile(stack).stack, stack)
})

t.test('prod is recoverable, protected and watched, with six units each for indexing and searching', async (t) => {
  t.match(readStackFile('prod'), {
    ...{ serverlessIndexingOcu: 6, serverlessSearchOcu: 6, logDays: 30, waf: true, pointInTimeRecovery: true },
    ...{
      deletionProtection: true,
      backup: true,
      cloudTrail: true,
      guardDuty: true,
      costAnomaly: true,
      allowHttp: false,
    },
  })
})

t.test('a default is what it says, for every setting', async (t) => {
  for (const [key, setting] of Object.entries<StackSetting<unknown>>(stackSettings)) {
    t.doesNotThrow(() => setting.parse(setting.fallback), key)
  }
})

t.test('every fault is named at once', async (t) => {
  const faults = faultsOf({ zones: '4', egress: 'vpn', waf: 'yes', apiMax: '1e3', logDays: '31', nonsense: '1' })
  for (const key of ['zones', 'egress', 'waf', 'apiMax', 'logDays', 'nonsense']) {
    t.match(
      faults.filter((fault) => fault.startsWith(`kass:${key} `)),
      [/./],
      key,
    )
  }
})

t.test('channels that call the internet are refused where there is no way to it, with the reason', async (t) => {
  t.match(faultsOf({ egress: 'endpoints', channels: 'slack, gitlab' }), [/slack, gitlab.*no way there.*nat or both/])
  t.same(faultsOf({ egress: 'both', channels: 'slack, gitlab' }), [])
  t.same(faultsOf({ egress: 'nat', channels: 'slack' }), [])
})

t.test('a model of somebody else is refused where there is no way to it', async (t) => {
  const model = { chatModel: 'openai-compatible', openaiUrl: 'https://models.example.com/v1', openaiChatModel: 'm' }
  t.match(faultsOf({ ...model, egress: 'endpoints' }), [/no way there/])
  t.same(faultsOf(model), [])
})

t.test('settings that contradict each other are refused', async (t) => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ domain: '' }, /nothing would listen/],
    [{ hostedZoneId: '' }, /needs kass:hostedZoneId/],
    [{ allowHttp: 'true', allowedCidr: '192.0.2.0/24' }, /for stacks without a domain/],
    [{ domain: '', allowHttp: 'true' }, /not opened to the world/],
    [{ egress: 'endpoints', natPerZone: 'true' }, /natPerZone/],
    [{ egress: 'endpoints', cognito: 'true' }, /no endpoint in a network/],
    [{ chatModel: 'openai-compatible', openaiUrl: 'https://models.example.com/v1' }, /openaiChatModel/],
    [{ apiMin: '5' }, /apiMin/],
    [{ workerMin: '5' }, /workerMin/],
    [{ apiMemory: '8192' }, /Fargate has 1024, 2048, 3072, 4096/],
    [{ workerCpu: '4096', workerMemory: '4096' }, /Fargate has 8192/],
    [{ search: 'domain', domainInstances: '3' }, /spread evenly/],
    [{ search: 'domain', domainMasterType: 'm7g.medium.search' }, /several machines/],
  ]
  for (const [given, expected] of cases) t.match(faultsOf(given), [expected], JSON.stringify(given))
  const http = { domain: '', hostedZoneId: '', allowHttp: 'true', allowedCidr: '192.0.2.0/24' }
  t.same(faultsOf(http), [])
  t.match(faultsOf({ ...http, cognito: 'true' }), [/cognito needs kass:domain/])
  const small = { serverlessIndexingOcu: '1' }
  t.match(faultsOf(small), [/at least 2/])
  t.same(faultsOf({ ...small, serverlessGeneration: 'nextgen' }), [])
  t.match(faultsOf({ serverlessSearchOcu: '6', serverlessGeneration: 'nextgen' }), [/multiples of 16/])
  t.match(faultsOf(http, { ...about, stack: 'prod' }), [/not for prod/])
  t.match(faultsOf({}, { stack: 'My_Stack', region: 'frankfurt' }), [/the stack's name/, /aws:region/])
})

t.test('the table in the documents is the one that the code makes', async (t) => {
  t.equal(readFileSync(stacksFile, 'utf8'), stacksTable())
})
