import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { resourcesOf } from '../../../test/stack/call-resource.ts'
import { recorded } from '../../../test/stack/recorded.ts'
import { callsFrom, differences } from '../calls.ts'

const made = callsFrom([
  'service\ts3\tGetObject\tdocuments',
  'worker\tsqs\tSendMessage\tingest',
  'worker\tsqs\tSendMessage\tdead_letter',
])

test('recorded calls become a sorted list by role, service and action, each once', (t) => {
  const twice = [
    'worker\tsqs\tSendMessage\tingest',
    'service\ts3\tGetObject\tdocuments',
    'worker\tsqs\tSendMessage\tingest',
  ]
  t.equal(
    JSON.stringify(callsFrom(twice)),
    '{"service":{"s3":{"GetObject":["documents"]}},"worker":{"sqs":{"SendMessage":["ingest"]}}}',
  )
  t.throws(() => callsFrom(['service\ts3']), /not a recorded call/)
  t.end()
})

test('the committed list is held against what was called', (t) => {
  t.same(differences(JSON.stringify(made), made), { added: [], missing: [] })
  const committed = { service: { s3: { GetObject: ['documents'], PutObject: ['derived'] } } }
  t.same(differences(JSON.stringify(committed), made), {
    added: ['worker sqs SendMessage dead_letter', 'worker sqs SendMessage ingest'],
    missing: ['service s3 PutObject derived'],
  })
  t.throws(() => differences('no list', made))
  t.end()
})

test('a call is about the tables, buckets, queues, indexes and models that its input names', (t) => {
  const env = {
    DOCUMENTS_TABLE: 'kass-x-0123456789ab',
    DERIVED_BUCKET: 'made-of-them',
    DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/000000000000/dead',
    OPENSEARCH_INDEX: 'knowledge_base',
    BEDROCK_STRONG_MODEL: 'anthropic.claude',
  }
  const about = (input: unknown) => resourcesOf(input, env)
  t.same(about({ TableName: 'kass-x-0123456789ab' }), ['documents'])
  t.same(about({ TableName: 'kass-x-0123456789ab', IndexName: 'due' }), ['documents/index/due'])
  t.same(about({ Bucket: 'made-of-them', Key: 'a' }), ['derived'])
  t.same(about({ QueueUrl: 'http://127.0.0.1:1/000000000000/dead' }), ['dead_letter'])
  t.same(about({ QueueUrl: 'http://127.0.0.1:1/000000000000/kass-jobs-0123456789ab' }), ['jobs'])
  t.same(about({ modelId: 'anthropic.claude' }), ['strong'])
  t.same(about({ Bucket: 'kass-objects-0123456789ab' }), ['objects'])
  t.same(about({ TableName: 'kass-t-0123456789ab-cache' }), ['cache'])
  t.same(about({ RequestItems: { 'kass-x-0123456789ab': [], other: [] } }), ['documents', 'other'])
  t.same(about({ TransactItems: [{ Put: { TableName: 'one' } }, { Delete: { TableName: 'one' } }] }), ['one'])
  t.same(about({}), ['*'])
  t.end()
})

test('a process that is loaded with the recorder writes each kind of call once', async (t) => {
  const file = join(t.testdir(), 'calls')
  const script = `
    const { channel } = await import('node:diagnostics_channel')
    const say = (action, input) => channel('kass:aws-call').publish({ service: 's3', action, input, attempts: 1, latencyMs: 1 })
    say('GetObject', { Bucket: 'kass-docs' }); say('GetObject', { Bucket: 'kass-docs' }); say('HeadObject', { Bucket: 'x' })`
  process.env.KASS_RECORD_CALLS = file
  const { nodeArgs, env } = recorded('worker')
  delete process.env.KASS_RECORD_CALLS
  const run = (more: object) =>
    promisify(execFile)(process.execPath, [...nodeArgs, '--input-type=module', '-e', script], {
      env: { PATH: process.env.PATH, DOCUMENTS_BUCKET: 'kass-docs', ...more },
    })
  await run({ KASS_RECORD_CALLS: file })
  await run(env)
  t.equal(readFileSync(file, 'utf8'), 'worker\ts3\tGetObject\tdocuments\nworker\ts3\tHeadObject\tx\n')
  t.same(recorded('service'), { nodeArgs: [], env: {} })
})
