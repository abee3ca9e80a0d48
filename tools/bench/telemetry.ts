import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type KassServer, startKass } from '../kass-server.ts'
import { atOnce, type Caller } from './load.ts'
import { cpuMs, quantile, rounded } from './machine.ts'
import { createWriter } from './random.ts'
import type { Bench, Figure } from './row.ts'

const clients = 16
/** What telemetry may cost, of the throughput, in percent. */
const mostPercent = 5

/** What takes the traces and throws them away, in a process of its own, as a collector would be. */
async function startSink(): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'telemetry-sink.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { url: String(line).trim(), stop: () => void child.kill() }
}

interface Measured {
  perSecond: number
  cpuMs: number
}

/**
 * The same load on two servers that differ in telemetry alone, in turns of some seconds, so that what else happens on the
 * machine happens to both. The cost is the median of the pairs.
 */
async function compare(
  servers: { off: KassServer; on: KassServer },
  turns: { pairs: number; seconds: number },
  call: (caller: Caller) => ReturnType<Caller['post']>,
): Promise<{ percent: number; cpuPercent: number; off: number; on: number }> {
  const measure = async ({ url, apiPid }: KassServer, seconds: number): Promise<Measured> => {
    const before = cpuMs(apiPid) ?? 0
    const { perSecond, times } = await atOnce(url, clients, seconds, call)
    return { perSecond, cpuMs: ((cpuMs(apiPid) ?? 0) - before) / times.length }
  }
  for (const server of [servers.off, servers.on]) await measure(server, 2 * turns.seconds)
  const pairs: { off: Measured; on: Measured }[] = []
  for (let pair = 0; pair < turns.pairs; pair++) {
    // Who begins changes, so that a drift of the machine favours neither.
    const first = pair % 2 === 0 ? 'off' : 'on'
    const one = await measure(servers[first], turns.seconds)
    const other = await measure(servers[first === 'off' ? 'on' : 'off'], turns.seconds)
    pairs.push(first === 'off' ? { off: one, on: other } : { off: other, on: one })
  }
  const median = (of: (pair: { off: Measured; on: Measured }) => number) => quantile(pairs.map(of), 0.5)
  return {
    percent: median(({ off, on }) => 100 * (1 - on.perSecond / off.perSecond)),
    cpuPercent: median(({ off, on }) => 100 * (on.cpuMs / off.cpuMs - 1)),
    off: median(({ off }) => off.perSecond),
    on: median(({ on }) => on.perSecond),
  }
}

export const telemetryBench: Bench = {
  name: 'telemetry',
  async run({ homes, modelUrl, quick }) {
    const chunks = quick ? 1000 : 20_000
    const turns = quick ? { pairs: 2, seconds: 0.5 } : { pairs: 15, seconds: 2 }
    const home = await homes.filled(chunks, false)
    const sink = await startSink()
    const chat = { CHAT_MODEL: 'openai-compatible', OPENAI_URL: modelUrl, OPENAI_CHAT_MODEL: 'fake-chat' }
    const telemetry = {
      TRACES: 'otlp',
      TRACES_RATIO: '0.1',
      METRICS: 'otlp,prometheus',
      METRICS_EVERY_MS: '10000',
      WORKER_METRICS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    }
    // Copies for both: what other benches have left in the first one would slow one of them down.
    const [one, other] = [homes.twin(home), homes.twin(home)]
    const off = await startKass(one.folder, { ...one.env, ...chat })
    const on = await startKass(other.folder, { ...other.env, ...chat, ...telemetry })
    const writer = createWriter(23)
    const words = () => writer.words(11).join(' ')
    const works = [
      { name: 'search, text', call: (caller: Caller) => caller.post('/search', { query: words(), mode: 'text' }) },
      {
        name: 'chat, model latency zero',
        call: (caller: Caller) => caller.post('/chat', { message: `What about ${words()}?` }),
      },
    ]
    try {
      const rows = []
      for (const { name, call } of works) {
        const found = await compare({ off, on }, turns, call)
        const figures: Figure[] = [
          { name: 'throughput lost', value: rounded(found.percent), unit: '%', target: ['<=', mostPercent] },
          { name: 'CPU of the API more', value: rounded(found.cpuPercent), unit: '%' },
          { name: 'without telemetry', value: rounded(found.off), unit: 'requests/s' },
          { name: 'with telemetry', value: rounded(found.on), unit: 'requests/s' },
        ]
        rows.push({
          work: `telemetry: ${name}, ${chunks.toLocaleString('en')} chunks, ${clients} clients`,
          figures,
          notes: [
            `metrics on and 10 % of the traces recorded, against nothing of it: the median of ${turns.pairs} pairs of ${turns.seconds} s`,
          ],
        })
      }
      return rows
    } finally {
      await Promise.all([off.stop(), on.stop()])
      sink.stop()
    }
  },
}
