import { test } from 'tap'
import { createEmf, quantiles } from '../emf.ts'
import { createMeter } from '../meter.ts'
import { metricLabels, metrics } from '../metrics.ts'
import { prometheusName, prometheusText } from '../prometheus.ts'

type Meter = ReturnType<typeof createMeter>

async function seriesOf(meter: Meter, name: keyof typeof metrics) {
  return (await meter.read()).find((reading) => reading.name === name)?.series ?? []
}

test('a bounded label takes as many values as the table says, and calls the rest other', async (t) => {
  const meter = createMeter()
  const { max } = metricLabels.model
  for (let at = 0; at < max + 50; at++) meter.count('kass.model.throttles', { model: `m${at}`, operation: 'chat' })
  const series = await seriesOf(meter, 'kass.model.throttles')
  t.equal(series.length, max + 1)
  t.equal(series.find(({ labels }) => labels.model === 'other')?.value, 50)
})

test('what is not in a closed set is other', async (t) => {
  const meter = createMeter()
  // As a value that comes from outside could be.
  const method = JSON.parse('"BREW"')
  meter.count('kass.http.requests', { route: '/chat', method, status: '2xx' })
  t.same(
    (await seriesOf(meter, 'kass.http.requests')).map(({ labels }) => labels.method),
    ['other'],
  )
})

test('counters add up, gauges hold the last value until it is not known, histograms fill their buckets', async (t) => {
  const meter = createMeter()
  meter.count('kass.lease.lost', {})
  meter.count('kass.lease.lost', {}, 2)
  meter.set('kass.queue.oldest_age', {}, 3)
  meter.record('kass.search.stage.duration', { stage: 'index' }, 0.001)
  meter.record('kass.search.stage.duration', { stage: 'index' }, 0.2)
  meter.record('kass.search.stage.duration', { stage: 'index' }, 500)
  t.equal((await seriesOf(meter, 'kass.lease.lost'))[0]?.value, 3)
  t.equal((await seriesOf(meter, 'kass.queue.oldest_age'))[0]?.value, 3)
  const [stage] = await seriesOf(meter, 'kass.search.stage.duration')
  t.match(stage, { count: 3, min: 0.001, max: 500 })
  t.equal(stage?.buckets[0], 1)
  t.equal(stage?.buckets.at(-1), 1)
  t.equal(
    stage?.buckets.reduce((sum, some) => sum + some, 0),
    3,
  )
  meter.set('kass.queue.oldest_age', {}, Number.NaN)
  t.same(await seriesOf(meter, 'kass.queue.oldest_age'), [])
})

test('one look that fails does not hide what the others see', async (t) => {
  const meter = createMeter()
  meter.onRead(() => Promise.reject(new Error('no answer')))
  meter.onRead(() => meter.set('kass.queue.oldest_age', {}, 1))
  t.equal((await seriesOf(meter, 'kass.queue.oldest_age')).length, 1)
})

test('Prometheus reads counters, gauges and cumulative buckets, with the values of labels escaped', async (t) => {
  const meter = createMeter()
  meter.count('kass.model.cost', { model: 'a"b\\c', operation: 'chat' }, 0.5)
  meter.record('kass.ingest.duration', { format: 'pdf' }, 0.003)
  meter.record('kass.ingest.duration', { format: 'pdf' }, 3)
  const text = prometheusText(await meter.read())
  t.match(text, '# TYPE kass_model_cost_usd_total counter\n')
  t.match(text, String.raw`kass_model_cost_usd_total{model="a\"b\\c",operation="chat"} 0.5`)
  t.match(text, 'kass_ingest_duration_seconds_bucket{format="pdf",le="0.0025"} 0\n')
  t.match(text, 'kass_ingest_duration_seconds_bucket{format="pdf",le="0.005"} 1\n')
  t.match(text, 'kass_ingest_duration_seconds_bucket{format="pdf",le="+Inf"} 2\n')
  t.match(text, 'kass_ingest_duration_seconds_sum{format="pdf"} 3.003\n')
  t.match(text, 'kass_ingest_duration_seconds_count{format="pdf"} 2\n')
  for (const line of text.trim().split('\n'))
    t.match(line, /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{.*\})? [0-9.e+-]+)$/)
})

test('no two metrics have one name in Prometheus', async (t) => {
  const names = Object.entries(metrics).map(([name, metric]) => prometheusName(name, metric))
  t.equal(new Set(names).size, names.length)
})

test('CloudWatch is told what counters rose by, gauges as they are, and each value of a histogram once', async (t) => {
  const lines: Record<string, unknown>[] = []
  const instruments = createMeter()
  const write = (line: string) => void lines.push(JSON.parse(line))
  const emf = createEmf({ instruments, namespace: 'Here', write, clock: () => 1_700_000_000_000 })
  instruments.count('kass.http.errors', { route: '/chat', code: 'internal' }, 2)
  instruments.set('kass.queue.depth', { queue_state: 'dead' }, 4)
  instruments.record('kass.search.stage.duration', { stage: 'index' }, 0.25)
  await emf()
  t.same(lines[0], {
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        { Namespace: 'Here', Dimensions: [[], ['Route'], ['Code']], Metrics: [{ Name: 'Errors', Unit: 'Count' }] },
      ],
    },
    Route: '/chat',
    Code: 'internal',
    Errors: 2,
  })
  t.match(lines[1], { SearchStage: [0.25], Stage: 'index' })
  t.match(lines[2], { QueueDepth: 4, State: 'dead' })
  lines.length = 0
  await emf()
  t.same(
    lines.map((line) => Object.keys(line).at(-1)),
    ['QueueDepth'],
    'only what holds on is told again',
  )
  instruments.count('kass.http.errors', { route: '/chat', code: 'internal' })
  lines.length = 0
  await emf()
  t.match(lines[0], { Errors: 1 })
})

test('a line for CloudWatch has at most a hundred values, with the least, the greatest and the percentiles', async (t) => {
  const lines: { SearchStage: number[] }[] = []
  const instruments = createMeter()
  const emf = createEmf({ instruments, namespace: 'N', write: (line) => void lines.push(JSON.parse(line)) })
  for (let at = 1; at <= 1000; at++) instruments.record('kass.search.stage.duration', { stage: 'index' }, at)
  await emf()
  const values = lines[0]?.SearchStage ?? []
  t.equal(values.length, 100)
  t.equal(values[0], 1)
  t.equal(values[99], 1000)
  t.ok(Math.abs((values[94] ?? 0) - 950) < 10)
  for (let at = 1; at <= 100_000; at++) instruments.record('kass.search.stage.duration', { stage: 'index' }, at)
  await emf()
  t.equal(lines[1]?.SearchStage.length, 100, 'however many there were')
  t.same(quantiles([3, 1, 2], 100), [1, 2, 3])
})
