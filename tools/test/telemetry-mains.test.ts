import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { silentTelemetry, startTelemetry } from '../../shared/telemetry/telemetry.ts'
import { startTwoMains } from '../../test/stack/two-mains.ts'

const root = join(import.meta.dirname, '../..')

/** The packages that a file needs before it can run, through everything that it imports by name. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )(?:[^'"]*? from )?'([^']+)'/gms,
    )) {
      if (name.startsWith('.')) visit(resolve(dirname(file), name))
      else if (!name.startsWith('node:')) packages.add(name)
    }
  }
  visit(join(root, entry))
  return packages
}

test('without a setting that wants it nothing is measured, and OpenTelemetry is not loaded', async (t) => {
  const logger = createLogger({ level: 'silent', name: 'test' })
  t.equal(await startTelemetry(loadConfig({}), { process: 'api', logger }), silentTelemetry)
  for (const entry of ['service/server.ts', 'worker/main.ts']) {
    const packages = packagesOf(entry)
    t.ok(packages.has('pino'), `${entry}: the imports are found`)
    t.same(
      [...packages].filter((name) => name.startsWith('@opentelemetry')),
      [],
      entry,
    )
  }
})

test('both processes tell what they measured: to Prometheus, and in the log for CloudWatch', async (t) => {
  const mains = await startTwoMains({
    MAX_EVENT_LOOP_DELAY_MS: '0',
    METRICS: 'prometheus,emf',
    METRICS_EVERY_MS: '100',
    METRICS_NAMESPACE: 'Mine',
    WORKER_METRICS_PORT: '0',
    LOG_LEVEL: 'info',
  })
  t.teardown(() => mains.stop())
  const at = /"url":"(http:[^"]+\/metrics)"/.exec(mains.workers[0]?.output() ?? '')?.[1] ?? ''
  const texts = await Promise.all([`${mains.url}/metrics`, at].map(async (url) => (await fetch(url)).text()))
  t.match(texts[0], 'nodejs_eventloop_delay_p99_seconds{process="api"}')
  t.match(texts[1], 'nodejs_eventloop_delay_p99_seconds{process="worker"}')
  t.match(texts[1], 'kass_queue_depth{queue_state="visible"} 0')
  t.equal((await fetch(at.replace('/metrics', '/other'))).status, 404)
  await mains.stop()
  for (const [main, process] of [
    [mains.service, 'api'],
    [mains.workers[0], 'worker'],
  ] as const) {
    const lines = (main?.output() ?? '')
      .split('\n')
      .filter((line) => line.includes('"_aws"'))
      .map((line) => JSON.parse(line))
    t.match(
      lines.find((line) => 'EventLoopDelay' in line),
      { Process: process, EventLoopDelay: Number, _aws: { CloudWatchMetrics: [{ Namespace: 'Mine' }] } },
    )
  }
})

test('a port for the metrics that is taken is said by the name of its setting', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const env = { ...process.env, KASS_DATA: t.testdir(), METRICS: 'prometheus', WORKER_METRICS_PORT: port }
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'worker/main.ts')], { env, encoding: 'utf8' })
  t.equal(status, 1)
  t.match(stderr, `WORKER_METRICS_PORT=${port} is taken by another program`)
})

test('a collector that takes nothing is said once for each kind, and disturbs no request', async (t) => {
  const collector = createHttpServer((request, response) => {
    request.resume()
    response.writeHead(400).end()
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  t.teardown(() => collector.close())
  const address = collector.address()
  const port = typeof address === 'object' ? address?.port : 0
  const mains = await startTwoMains({
    MAX_EVENT_LOOP_DELAY_MS: '0',
    METRICS: 'otlp',
    METRICS_EVERY_MS: '100',
    TRACES: 'otlp',
    TRACES_RATIO: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'warn',
  })
  t.teardown(() => mains.stop())
  for (let at = 0; at < 20; at++) t.equal((await fetch(`${mains.url}/documents`)).status, 200)
  t.equal(await mains.service.stop(), 0)
  const said = mains.service.output().match(/"message":"[a-z]+ could not be sent"/g)
  t.same(said?.toSorted(), ['"message":"metrics could not be sent"', '"message":"traces could not be sent"'])
})
