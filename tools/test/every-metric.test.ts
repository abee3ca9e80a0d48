import { channel } from 'node:diagnostics_channel'
import { test } from 'tap'
import { document, principal, scripted } from '../../service/chat/test/support.ts'
import { createWorld } from '../../service/chat/test/world.ts'
import { build } from '../../service/test/helper.ts'
import { createGuard } from '../../shared/adapters/upstream-guard.ts'
import { loadConfig } from '../../shared/config.ts'
import { KassError } from '../../shared/errors.ts'
import { createLogger } from '../../shared/logger.ts'
import { ClaimLost } from '../../shared/ports/document-store.ts'
import { watchEventLoop } from '../../shared/telemetry/event-loop.ts'
import {
  type MetricDefinition,
  type MetricLabel,
  type MetricName,
  metricLabels,
  metrics,
} from '../../shared/telemetry/metrics.ts'
import { watchUpstreams } from '../../shared/telemetry/upstreams.ts'
import { measuredModels } from '../../shared/wire/measured.ts'
import { toldTelemetry } from '../../test/stack/told-telemetry.ts'
import { compare } from '../../worker/compare.ts'
import type { Extractor } from '../../worker/extract/pool.ts'
import { measureQueue } from '../../worker/queue-metrics.ts'
import { reconcile } from '../../worker/reconcile.ts'
import { benchFor, lineExtractor } from '../../worker/test/harness.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
const never = () => new AbortController().signal

/** An extractor that fails with an error, or rejects one unit of each document. */
const failing = (error: Error): Extractor => ({
  // biome-ignore lint/correctness/useYield: it fails before
  async *extract() {
    throw error
  },
  close: async () => {},
})
const rejecting: Extractor = {
  async *extract(input) {
    for await (const event of lineExtractor.extract(input, never())) {
      if (event.type !== 'end') yield event
      else yield { ...event, read: event.read + 1, rejected: 1 }
    }
  },
  close: async () => {},
}

/** For each metric what causes it. A metric that nobody can cause here does not compile. */
type Causes = Record<MetricName, () => unknown>

test('every metric appears when what it counts happens, not before, with labels of the table only', async (t) => {
  const told = toldTelemetry()
  const { telemetry } = told
  const { meter } = telemetry
  const broken = { search: () => Promise.reject(new KassError('search_unavailable')) }
  const api = await build(t, { telemetry, retriever: broken })
  const bench = await benchFor(t)
  t.teardown(watchUpstreams(meter, false))

  const worker = (extractor: Extractor = lineExtractor) => bench.worker({ telemetry, extractor })
  let made = 0
  async function ingest(extractor?: Extractor): Promise<string> {
    const path = `${++made}.txt`
    await bench.upload(path, 'one line\nanother line')
    await reconcile(worker(extractor), { tenant: 'default', path }, never())
    return path
  }
  const models = (error?: KassError) =>
    measuredModels(
      {
        chat: scripted(() => error ?? 'Yes.').model,
        embedder: { id: 'vectors', costUsd: (tokens) => tokens / 1000, embed: async () => [new Float32Array(2)] },
      },
      loadConfig({}),
      { logger, telemetry, role: 'tool' },
    )
  async function converse(error?: KassError): Promise<void> {
    const request = { system: '', messages: [{ role: 'user' as const, content: 'x' }], sources: [], maxTokens: 9 }
    for await (const _ of models(error).chat.converse(request, never()));
  }
  const search = () => api.app.inject({ method: 'POST', url: '/search', payload: { query: 'x' } })
  async function readEventLoop(): Promise<void> {
    t.teardown(watchEventLoop(meter, 'worker'))
  }
  async function open(): Promise<void> {
    const trouble = new KassError('model_unavailable')
    const guard = createGuard({
      upstream: 'broken',
      concurrency: 1,
      queue: 1,
      failures: 1,
      openMs: 60_000,
      isTrouble: () => true,
      refusal: () => trouble,
    })
    await t.rejects(guard.run(() => Promise.reject(trouble)))
    const [state] = (await told.series('kass.upstream.breaker.state')).filter(
      ({ labels }) => labels.upstream === 'broken',
    )
    t.equal(state?.value, 2, 'it is open')
  }
  async function disagree(): Promise<void> {
    const path = await ingest()
    const [head] = await bench.ports.objects.revisions({ tenant: 'default', path })
    await bench.ports.objects.remove({ tenant: 'default', path }, head?.revision ?? '')
    await compare(worker())
  }
  async function wrongBucket(): Promise<void> {
    const other = await benchFor(t)
    const many = other.worker({ telemetry })
    for (let at = 0; at < 21; at++) {
      await other.upload(`${at}.txt`, 'a line')
      await reconcile(many, { tenant: 'default', path: `${at}.txt` }, never())
    }
    many.ports.objects = { ...many.ports.objects, list: async function* () {}, head: async () => undefined }
    await compare(many)
  }
  async function loseClaim(): Promise<void> {
    const lost = worker()
    lost.ports.documents = { ...lost.ports.documents, adopt: () => Promise.reject(new ClaimLost('doc')) }
    const path = `${++made}.txt`
    await bench.upload(path, 'a line')
    await reconcile(lost, { tenant: 'default', path }, never())
  }
  const cached = createWorld([document('d1', 'leave is 25 days')], scripted(() => '25 days [1]').model, { meter })

  const causes: Causes = {
    'kass.http.requests': () => api.app.inject({ url: '/health' }),
    'http.server.request.duration': () => api.app.inject({ url: '/health' }),
    'kass.http.errors': search,
    'kass.chat.first_token.duration': () =>
      api.app.inject({ method: 'POST', url: '/chat', payload: { message: 'Hi?' } }),
    'kass.model.calls': () => converse(),
    'gen_ai.client.operation.duration': () => converse(),
    'kass.model.tokens': () => converse(),
    'kass.model.throttles': () => t.rejects(converse(new KassError('model_throttled'))),
    'kass.model.cost': () => models().embedder?.embed(['some text'], 'document', never()),
    'kass.upstream.breaker.state': open,
    'kass.upstream.retries': () =>
      channel('kass:aws-call').publish({ service: 'es', action: 'ESHttpGet', input: {}, attempts: 3, latencyMs: 1 }),
    'kass.cache.requests': () => cached.ask('How many days of leave?', principal()),
    'kass.search.stage.duration': async () => {
      const working = await build(t, { telemetry })
      await working.app.inject({ method: 'POST', url: '/search', payload: { query: 'x' } })
    },
    'kass.queue.depth': () => measureQueue(worker()),
    'kass.queue.oldest_age': () => measureQueue(worker()),
    'kass.ingest.documents': () => ingest(),
    'kass.ingest.duration': () => ingest(),
    'kass.ingest.units': () => ingest(),
    'kass.ingest.units_rejected': () => ingest(rejecting),
    'kass.lease.lost': loseClaim,
    'kass.compare.disagreements': disagree,
    'kass.compare.stopped': wrongBucket,
    'nodejs.eventloop.delay.p99': readEventLoop,
    'nodejs.eventloop.delay.max': readEventLoop,
  }

  const labels: Record<string, MetricLabel> = metricLabels
  const seen = new Set<MetricName>()
  for (const [name, cause] of Object.entries(causes) as [MetricName, () => unknown][]) {
    const sum = async () => (await told.series(name)).reduce((all, { value, count }) => all + value + count, 0)
    const before = { series: (await told.series(name)).length, sum: await sum() }
    if (!seen.has(name)) await cause()
    const after = await told.series(name)
    const gauge = metrics[name].kind === 'gauge'
    t.ok(gauge ? after.length > 0 : (await sum()) > before.sum, `${name} is caused`)
    for (const { labels: used } of after) {
      t.same(Object.keys(used), [...(metrics[name] satisfies MetricDefinition).labels], name)
      for (const [label, value] of Object.entries(used)) {
        const known = labels[label]
        if (known && 'values' in known) t.ok(known.values.includes(value), `${name}: ${label}=${value} is in the table`)
        else t.notMatch(value, /[0-9a-f]{16}|doc_|\?/, `${name}: ${label}=${value} is no id and no address`)
      }
    }
    seen.add(name)
  }
})

test('how a document ends is counted: ready, tried again, failed for good, and gone', async (t) => {
  const told = toldTelemetry()
  const bench = await benchFor(t)
  const run = async (path: string, extractor: Extractor = lineExtractor) =>
    reconcile(bench.worker({ telemetry: told.telemetry, extractor }), { tenant: 'default', path }, never())
  const revision = await bench.upload('good.txt', 'a line')
  await run('good.txt')
  await run('good.txt')
  await bench.upload('later.txt', 'a line')
  await run('later.txt', failing(new KassError('model_throttled')))
  await bench.upload('bad.txt', 'a line')
  await run('bad.txt', failing(new KassError('encrypted')))
  await bench.ports.documents.markDeleted({ tenant: 'default', path: 'good.txt' }, revision)
  await run('good.txt')
  await run('good.txt')
  const series = await told.series('kass.ingest.documents')
  t.same(Object.fromEntries(series.map(({ labels, value }) => [labels.ingest_outcome, value])), {
    ready: 1,
    retried: 1,
    failed: 1,
    gone: 1,
  })
  t.ok(series.every(({ labels }) => labels.format === 'text'))
})
