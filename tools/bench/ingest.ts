import { readFileSync, rmSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { startKass } from '../kass-server.ts'
import { embeddingSettings } from './dataset.ts'
import { type Kind, makeFiles } from './files.ts'
import { rounded } from './machine.ts'
import type { Bench, BenchContext } from './row.ts'
import { takeIn } from './take-in.ts'

interface Load {
  kind: Kind
  label: string
  count: number
  perMinute: number
}

const loads: Load[] = [
  { kind: 'markdown', label: '5 KB Markdown', count: 2000, perMinute: 4000 },
  { kind: 'pdf', label: '10-page PDF', count: 300, perMinute: 1000 },
  { kind: 'xlsx', label: 'XLSX of 5 × 2,000 rows', count: 24, perMinute: 50 },
]

function ingestBench({ kind, label, count, perMinute }: Load): Bench {
  return {
    name: `ingest-${kind}`,
    async run({ homes, modelUrl, quick }) {
      const files = await makeFiles(kind, quick ? Math.ceil(count / 20) : count)
      const home = await homes.empty()
      const server = await startKass(home.folder, { ...home.env, ...embeddingSettings(modelUrl) })
      try {
        const ms = await takeIn(server.url, files)
        const value = rounded((files.length / ms) * 60_000)
        return [
          {
            work: `ingest ${label}`,
            figures: [{ name: `${files.length} documents`, value, unit: 'a minute', target: ['>=', perMinute] }],
            notes: [
              'over 8 connections, from the first byte sent until the last document is ready, on an empty folder',
            ],
          },
        ]
      } finally {
        await server.stop()
      }
    },
  }
}

interface Delays {
  p50: number
  p99: number
  max: number
  count: number
}

/** Asks the monitor in the API process for what it has seen since it was asked last. */
async function delaysOf(pid: number, file: string): Promise<Delays> {
  rmSync(file, { force: true })
  const written = new Promise<void>((resolve, reject) => {
    const watcher = watch(dirname(file), () => {
      try {
        JSON.parse(readFileSync(file, 'utf8'))
        watcher.close()
        resolve()
      } catch {
        // Not there yet, or not whole.
      }
    })
    watcher.on('error', reject)
  })
  process.kill(pid, 'SIGUSR2')
  await written
  const delays: Delays = JSON.parse(readFileSync(file, 'utf8'))
  return delays
}

const eventLoop: Bench = {
  name: 'event-loop',
  async run({ homes, modelUrl, quick }: BenchContext) {
    const share = quick ? 20 : 1
    const files = [
      ...(await makeFiles('markdown', 880 / share)),
      ...(await makeFiles('pdf', 100 / share)),
      ...(await makeFiles('xlsx', 20 / share)),
    ]
    const home = await homes.empty()
    const file = join(home.folder, 'delays.json')
    const server = await startKass(home.folder, {
      ...home.env,
      ...embeddingSettings(modelUrl),
      BENCH_LOOP_FILE: file,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'loop-delay.ts')}`,
    })
    try {
      await delaysOf(server.apiPid, file)
      await takeIn(server.url, files)
      const { p50, p99, max } = await delaysOf(server.apiPid, file)
      return [
        {
          work: `event-loop delay of the API while ${files.length} documents are taken in`,
          figures: [
            { name: 'p99', value: rounded(p99), unit: 'ms', target: ['<=', 20] },
            { name: 'p50', value: rounded(p50), unit: 'ms' },
            { name: 'longest', value: rounded(max), unit: 'ms' },
          ],
          notes: ['Markdown, PDF and XLSX as 88 : 10 : 2; monitorEventLoopDelay with 1 ms, which is taken off'],
        },
      ]
    } finally {
      await server.stop()
    }
  },
}

export const ingestBenches: Bench[] = [...loads.map(ingestBench), eventLoop]
