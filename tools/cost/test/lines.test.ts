import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { type Line, linesAfter, perOperation } from '../lines.ts'

const call = (service: string, action: string, more: object = {}): Line => ({
  ...{ kind: 'call', role: 'service', service, action, read: 0, written: 0, embedded: 0 },
  ...more,
})
const exchange = (service: string, sent: number, received: number, read = 0): Line => ({
  ...{ kind: 'http', role: 'service', service, action: 'Query', sent, received, read },
})

test('what several operations did is shared out among them', async (t) => {
  const lines = [
    call('dynamodb', 'PutItem', { written: 3 }),
    call('dynamodb', 'GetItem', { read: 1 }),
    exchange('dynamodb', 1024, 3072, 2),
    call('s3', 'PutObject'),
    call('s3', 'HeadObject'),
    call('s3', 'DeleteObject'),
    call('sqs', 'ReceiveMessage'),
    call('es', 'ESHttpPost'),
    call('bedrock', 'InvokeModel', { embedded: 40 }),
  ]
  const log = { bytes: 300, inputTokens: 1000, outputTokens: 10 }
  t.match(perOperation(lines, log, { count: 2, documentKb: 7 }), {
    dynamodb: { readUnits: 1.5, writeUnits: 1.5 },
    sqs: { requests: 0.5 },
    s3: { writes: 0.5, reads: 0.5 },
    opensearch: { requests: 0.5 },
    models: { calls: 0.5, inputTokens: 500, outputTokens: 5, embeddedTokens: 20 },
    kilobytes: { dynamodb: 2 },
    logBytes: 150,
    documentKb: 7,
  })
})

test('only what was written after the offset counts', async (t) => {
  const file = join(t.testdir(), 'calls')
  writeFileSync(file, `${JSON.stringify(call('s3', 'GetObject'))}\n`)
  const { lines, end } = linesAfter(file, 0)
  t.equal(lines.length, 1)
  writeFileSync(file, `${JSON.stringify(call('sqs', 'SendMessage'))}\n`, { flag: 'a' })
  t.match(linesAfter(file, end).lines, [{ service: 'sqs' }])
})
