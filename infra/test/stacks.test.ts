import { type Graph, graphOf } from '../mocks/graph.ts'
import { containerFaults } from './checks/containers.ts'
import { endpointFaults, flowFaults } from './checks/flows.ts'
import { grantFaults, madeUp } from './checks/grants.ts'
import { metricFaults } from './checks/metrics.ts'
import { packFaults, subjectsOf } from './checks/pack.ts'
import { policyFaults } from './checks/policies.ts'
import { variants } from './variants.ts'

const { stacks, combinations, excluded } = variants()
const graphs: { name: string; graph: Graph; seconds: number }[] = []

/** Longest time for one stack, in processor seconds: the machine may be busy with something else. */
const longestSeconds = 20

for (const { name, config } of [...stacks, ...combinations]) {
  const before = process.cpuUsage()
  const graph = await graphOf(config)
  const { user, system } = process.cpuUsage(before)
  graphs.push({ name, graph, seconds: (user + system) / 1e6 })
}

// Only now: the test runner follows every promise that there is, which makes composing five times as slow.
const { default: t } = await import('tap')

t.test(`every stack is composed within ${longestSeconds} s`, async (t) => {
  for (const { name, seconds } of graphs) t.ok(seconds < longestSeconds, name)
})

/** Holds every stack, and every combination, to one check. */
function everywhere(promise: string, check: (graph: Graph) => string[] | Promise<string[]>): void {
  t.test(promise, async (t) => {
    for (const { name, graph } of graphs) t.same(await check(graph), [], name)
  })
}

t.test('every pair of choices occurs in a combination, but for those that are refused', async (t) => {
  t.same(excluded.sort(), [
    'channels=slack,gitlab&egress=endpoints',
    'chatModel=openai-compatible&egress=endpoints',
    'cognito=true&domain=',
    'cognito=true&egress=endpoints',
    'domainInstances=1&domainMasterType=m7g.medium.search',
    'egress=endpoints&natPerZone=true',
  ])
})

everywhere('security groups allow the flows that are meant, on both ends, and no others', flowFaults)
everywhere('every service that is called has its way, for this account only, and no other has one', endpointFaults)
everywhere('tasks may do what the adapters really call: nothing is missing, nothing extra', grantFaults)
everywhere('every policy names actions that exist, on resources of their kinds', policyFaults)
everywhere('the program accepts the environment of its containers, and finds there what was made', containerFaults)
everywhere('every alarm and every line of the dashboard is about a metric that exists', metricFaults)
everywhere('the policy pack refuses nothing', (graph) => packFaults(subjectsOf(graph)))

t.test('what is allowed beyond the recorded calls is called by the adapters', async (t) => {
  t.same(madeUp(), [])
})
