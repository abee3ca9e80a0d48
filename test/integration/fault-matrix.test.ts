import { test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'
import { provision } from '../../tools/provision.ts'
import { eventually, serverAt } from '../e2e/server.ts'
import { endpoints } from '../stack/endpoints.ts'
import { type FaultProxy, faults, startFaultProxy, type ThrottleAnswer } from '../stack/fault-proxy.ts'
import { freshResources } from '../stack/resources.ts'
import { startTwoMains } from '../stack/two-mains.ts'
import { deadlineMs, expected, operations, operationsOn, type Upstream } from './fault-cells.ts'

const logger = createLogger({ level: 'error', name: 'test' })
const upstreams: readonly Upstream[] = ['s3', 'sqs', 'dynamodb', 'opensearch', 'bedrock']

const json = (type: string, more: Record<string, string> = {}): ThrottleAnswer => ({
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0', ...more },
  body: JSON.stringify({ __type: type, message: 'Rate exceeded' }),
})
/** Some cells alone, for whoever looks for a fault: `KASS_TEST_CELLS=s3:slow,sqs:cut`. */
const only = process.env.KASS_TEST_CELLS?.split(',')

/** How each service says that it is asked too much. */
const throttles: Record<Upstream, ThrottleAnswer> = {
  s3: {
    status: 503,
    headers: { 'content-type': 'application/xml' },
    body: '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
  },
  sqs: json('com.amazonaws.sqs#ThrottlingException', { 'x-amzn-query-error': 'RequestThrottled;Sender' }),
  dynamodb: json('com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
  opensearch: {
    status: 429,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'too many' }, status: 429 }),
  },
  bedrock: {
    status: 429,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' },
    body: JSON.stringify({ message: 'Too many requests, please wait before trying again.' }),
  },
}

/** Everything that waits, scaled down so that the whole matrix takes minutes. */
const impatient = {
  AWS_TIMEOUT_MS: '500',
  AWS_MAX_ATTEMPTS: '2',
  OPENSEARCH_TIMEOUT_MS: '1000',
  MODEL_TIMEOUT_MS: '700',
  BREAKER_FAILURES: '8',
  BREAKER_OPEN_MS: '200',
  LEASE_MS: '2000',
  RETRY_BASE_MS: '100',
  RETRY_MAX_MS: '500',
  SWEEP_EVERY_MS: '1000',
  COMPARE_EVERY_MS: '0',
  CACHE_TTL_MS: '0',
}

test('whatever is wrong with an upstream, callers get a coded answer in time, nothing is lost, and it passes', async (t) => {
  const resources = freshResources()
  await provision(loadConfig(resources), { logger })
  const addresses: Record<Upstream, string> = {
    s3: endpoints.aws,
    sqs: endpoints.aws,
    dynamodb: endpoints.aws,
    opensearch: endpoints.opensearch,
    bedrock: endpoints.bedrock,
  }
  const proxies = new Map<Upstream, FaultProxy>()
  for (const upstream of upstreams) {
    const proxy = await startFaultProxy(addresses[upstream], throttles[upstream])
    proxies.set(upstream, proxy)
    t.teardown(() => proxy.close())
  }
  const at = (upstream: Upstream) => proxies.get(upstream)?.url ?? ''
  const through = (url = '') => url.replace(endpoints.aws, at('sqs'))
  const mains = await startTwoMains({
    ...resources,
    ...impatient,
    AWS_ENDPOINT_URL_S3: at('s3'),
    AWS_ENDPOINT_URL_SQS: at('sqs'),
    AWS_ENDPOINT_URL_DYNAMODB: at('dynamodb'),
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: at('bedrock'),
    INGEST_QUEUE_URL: through(resources.INGEST_QUEUE_URL),
    DEAD_LETTER_QUEUE_URL: through(resources.DEAD_LETTER_QUEUE_URL),
    OPENSEARCH_URL: at('opensearch'),
    CHAT_MODEL: 'bedrock',
    EMBEDDER: 'bedrock',
  })
  t.teardown(() => mains.stop())
  const server = serverAt(mains.url, {}, {})

  const victims: string[] = []
  for (let i = 0; i < upstreams.length * faults.length; i++) {
    const { status, body } = await server.upload(`victim-${i}.md`, `# Victim ${i}\n\nIt will be deleted.\n`)
    t.equal(status, 202, body.detail)
    victims.push(body.id)
  }
  const lighthouse = await server.upload('lighthouse.md', '# Lighthouse\n\nThe keeper of the lighthouse is Astrid.\n')
  for (const id of [...victims, lighthouse.body.id]) await server.settled(id, 'ready')
  const calls = operationsOn(server, [...victims])
  const pids = [mains.service.pid, ...mains.workers.map(({ pid }) => pid)]

  for (const upstream of upstreams) {
    for (const fault of faults) {
      if (only !== undefined && !only.includes(`${upstream}:${fault}`)) continue
      await t.test(`${upstream}: ${fault}`, async (t) => {
        const proxy = proxies.get(upstream)
        proxy?.set(fault)
        const outcomes = await Promise.all(
          operations.map(async (operation) => {
            const late = Promise.withResolvers<{ status: 0 }>()
            const timer = setTimeout(() => late.resolve({ status: 0 }), deadlineMs)
            const outcome = await Promise.race([calls[operation](), late.promise])
            clearTimeout(timer)
            return { operation, ...outcome }
          }),
        )
        await eventually('the fault to be met', async () => (proxy && proxy.met() > 0 ? true : undefined))
        for (const { operation, status, ...rest } of outcomes) {
          const may = expected[upstream][operation]
          // An answer that was cut may have been whole for whoever needed no more of it.
          const fine = may.fine || fault === 'cut'
          const code = 'code' in rest ? rest.code : undefined
          t.ok(
            status >= 200 && status < 300 ? fine : may.codes.includes(code ?? ''),
            `${operation} got ${status} ${code ?? ''}`,
          )
        }
        proxy?.set(undefined)

        // Every wish that was taken comes true, and every call works again, without anybody's help.
        for (const outcome of outcomes) {
          const { operation } = outcome
          const id = 'id' in outcome ? outcome.id : undefined
          if (outcome.status < 300 && id !== undefined && operation !== 'delete') await server.settled(id, 'ready')
          if (operation === 'delete' && id !== undefined) {
            await eventually(`${id} to be deleted`, async () => {
              const { status } = await server.call('DELETE', `/documents/${id}`)
              return status === 202 || status === 404 ? true : undefined
            })
            await server.settled(id, 'gone')
          }
        }
        for (const operation of ['chat', 'search', 'upload', 'ingest'] as const) {
          const { id } = await eventually(`${operation} to work again`, async () => {
            const again = await calls[operation]()
            return again.status >= 200 && again.status < 300 ? again : undefined
          })
          if (id !== undefined) await server.settled(id, 'ready')
        }
      })
    }
  }

  t.same(
    [mains.service, ...mains.workers].map(({ process }) => process.exitCode),
    pids.map(() => null),
    'nobody died',
  )
  const { ports, close } = await wire(loadConfig(resources), { logger, role: 'tool' })
  t.teardown(close)
  const { dead } = await ports.queue.depth()
  t.equal(dead, 0, 'no dead letters')
  const compared = await serverAt(mains.url, {}, resources).kass('compare', '--json')
  t.match(JSON.parse(compared.stdout), { disagreements: 0 }, compared.stderr)
})
