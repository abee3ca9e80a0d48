import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { type Test, test } from 'tap'
import { isKassError } from '../../../errors.ts'
import { type AwsCall, type AwsOptions, clientConfig, guarded, storageGuard } from '../client.ts'

const answered = JSON.stringify({ Item: { id: { S: 'a' } } })
const ok: RequestListener = (_, response) => void response.end(answered)
const refusal =
  (status: number, type: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}` }))

/** A client of a service that answers as scripted: each request takes the next answer, the last one stays. */
async function open(t: Test, script: RequestListener[], more: Partial<AwsOptions> = {}) {
  let requests = 0
  const server = createServer((request, response) => {
    const answer = script[Math.min(requests++, script.length - 1)]
    request.resume().on('end', () => answer?.(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  const options: AwsOptions = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    maxAttempts: 2,
    timeoutMs: 300,
    concurrency: 8,
    queue: 8,
    breakerFailures: 100,
    breakerOpenMs: 50,
    ...more,
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ ...clientConfig(options), credentials })
  client.middlewareStack.use(guarded('dynamodb', storageGuard('dynamodb', options)))
  const calls: AwsCall[] = []
  const note = (message: unknown) => void calls.push(message as AwsCall)
  channel('kass:aws-call').subscribe(note)
  t.teardown(async () => {
    channel('kass:aws-call').unsubscribe(note)
    client.destroy()
    server.closeAllConnections()
    server.close()
  })
  return {
    get: (signal?: AbortSignal) =>
      client.send(new GetItemCommand({ TableName: 'documents', Key: { id: { S: 'a' } } }), { abortSignal: signal }),
    calls,
    requests: () => requests,
    server,
  }
}

const code = (error: unknown) => (isKassError(error) ? error.code : error)

test('a throttle is tried again by the SDK, and how often can be seen', async (t) => {
  const { get, calls } = await open(t, [refusal(400, 'ProvisionedThroughputExceededException'), ok])
  t.match((await get()).Item, { id: { S: 'a' } })
  t.match(calls, [{ service: 'dynamodb', action: 'GetItem', input: { TableName: 'documents' }, attempts: 2 }])
})

test('what a service in trouble does becomes a coded error, and what the request did wrong stays as it is', async (t) => {
  for (const [answer, expected] of [
    [refusal(400, 'ThrottlingException'), 'storage_throttled'],
    [refusal(500, 'InternalServerError'), 'storage_unavailable'],
    [(_, response) => void response.writeHead(200).end('<html>'), 'storage_unavailable'],
    [(_, response) => void response.destroy(), 'storage_unavailable'],
    [() => {}, 'storage_timeout'],
  ] satisfies [RequestListener, string][]) {
    const { get, calls } = await open(t, [answer])
    t.equal(await get().catch(code), expected)
    t.equal(calls.length, 1)
    t.ok(calls[0]?.error)
  }
  const { get } = await open(t, [refusal(400, 'ResourceNotFoundException')])
  await t.rejects(get(), { name: 'ResourceNotFoundException' })
})

test('a service that nobody answers for is unavailable', async (t) => {
  const { get, server } = await open(t, [ok])
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  t.equal(await get().catch(code), 'storage_unavailable')
})

test('after so many failures a service is left alone, until one call finds it well again', async (t) => {
  let well = false
  const { get, requests } = await open(
    t,
    [(request, response) => (well ? ok : refusal(500, 'InternalServerError'))(request, response)],
    { maxAttempts: 1, breakerFailures: 3, breakerOpenMs: 100 },
  )
  for (let i = 0; i < 3; i++) t.equal(await get().catch(code), 'storage_unavailable')
  const before = requests()
  await t.rejects(get(), { code: 'storage_unavailable', retryAfterMs: 100 })
  t.equal(requests(), before, 'it was not even asked')
  well = true
  for (;;) {
    const found = await get().catch(code)
    if (found !== 'storage_unavailable') {
      t.match(found, { Item: { id: { S: 'a' } } })
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('what the request did wrong does not open the breaker', async (t) => {
  const { get } = await open(t, [refusal(400, 'ResourceNotFoundException')], { breakerFailures: 2 })
  for (let i = 0; i < 5; i++) await t.rejects(get(), { name: 'ResourceNotFoundException' })
})

test('more calls than there are places, waiting included, are refused as a throttle', async (t) => {
  const held: (() => void)[] = []
  const { get } = await open(t, [(request, response) => void held.push(() => ok(request, response))], {
    concurrency: 1,
    queue: 1,
    timeoutMs: 60_000,
  })
  const [first, second] = [get(), get()]
  t.equal(await get().catch(code), 'storage_throttled')
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  held.shift()?.()
  await first
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  held.shift()?.()
  t.match((await second).Item, { id: { S: 'a' } })
})

test('a call that its caller gives up is no failure of the service', async (t) => {
  const { get } = await open(t, [() => {}], { breakerFailures: 1, timeoutMs: 60_000 })
  for (let i = 0; i < 3; i++) {
    const leaving = new AbortController()
    const call = get(leaving.signal)
    leaving.abort()
    await t.rejects(call, { name: 'AbortError' })
  }
})
