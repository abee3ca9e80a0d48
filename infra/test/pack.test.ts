import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import grpc from '@grpc/grpc-js'
import services from '@pulumi/pulumi/proto/analyzer_grpc_pb.js'
import type { AnalyzeRequest, AnalyzeResponse, AnalyzerInfo } from '@pulumi/pulumi/proto/analyzer_pb.js'
import messages from '@pulumi/pulumi/proto/analyzer_pb.js'
import empties from 'google-protobuf/google/protobuf/empty_pb.js'
import structs from 'google-protobuf/google/protobuf/struct_pb.js'
import t from 'tap'
import { rules } from '../policy/rules.ts'
import { stackRules } from '../policy/stack-rules.ts'

/** The pack as a process of its own, as `pulumi preview --policy-pack infra/policy` runs it. */
const pack = spawn(process.execPath, [join(import.meta.dirname, '../policy/index.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
t.teardown(() => pack.kill())
const [port] = await once(pack.stdout.setEncoding('utf8'), 'data')
const client = new services.AnalyzerClient(`127.0.0.1:${String(port).trim()}`, grpc.credentials.createInsecure())
t.teardown(() => client.close())

async function analyze(
  type: string,
  props: Record<string, string | boolean>,
  protect: boolean,
  tags: Record<string, string>,
) {
  const request = new messages.AnalyzeRequest()
  request.setType(type)
  request.setName('kass-test-x')
  request.setUrn(`urn:pulumi:test::kass::${type}::kass-test-x`)
  request.setProperties(structs.Struct.fromJavaScript(props))
  const options = new messages.AnalyzerResourceOptions()
  options.setProtect(protect)
  request.setOptions(options)
  const provider = new messages.AnalyzerProviderResource()
  // As the engine tells a provider its nested settings.
  provider.setProperties(structs.Struct.fromJavaScript({ defaultTags: JSON.stringify({ tags }) }))
  request.setProvider(provider)
  const call = promisify<AnalyzeRequest, AnalyzeResponse>(client.analyze.bind(client))
  return (await call(request)).getDiagnosticsList().map((each) => `${each.getPolicyname()}: ${each.getMessage()}`)
}

const tags = { project: 'kass', stack: 'test', owner: 'kass', 'managed-by': 'pulumi' }

t.test('the pack tells the engine of every rule, all of them mandatory', async (t) => {
  const info = await promisify<InstanceType<typeof empties.Empty>, AnalyzerInfo>(client.getAnalyzerInfo.bind(client))(
    new empties.Empty(),
  )
  const told = info.getPoliciesList().map((policy) => policy.getName())
  t.same(told.sort(), [...rules, ...stackRules].map(({ name }) => name).sort())
  t.equal(info.getName(), 'kass')
})

t.test('the engine is told what is wrong, by resource', async (t) => {
  const queue = 'aws:sqs/queue:Queue'
  t.same(await analyze(queue, { sqsManagedSseEnabled: true }, true, tags), [])
  const faults = await analyze(queue, {}, false, {})
  t.match(
    faults.find((fault) => fault.startsWith('encryption')),
    /a queue is encrypted/,
  )
  t.match(
    faults.find((fault) => fault.startsWith('protection')),
    /protect: true/,
  )
  t.equal(faults.filter((fault) => fault.startsWith('tags')).length, 4)
})
