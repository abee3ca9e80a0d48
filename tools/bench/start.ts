import { type KassServer, startKass } from '../kass-server.ts'
import { embeddingSettings } from './dataset.ts'
import { createCaller, oneByOne } from './load.ts'
import { quantile, residentMb } from './machine.ts'
import { createWriter } from './random.ts'
import type { Bench, Figure } from './row.ts'

const coldStart: Bench = {
  name: 'cold-start',
  async run({ homes, quick }) {
    const times: number[] = []
    for (let run = 0; run < (quick ? 2 : 6); run++) {
      const home = await homes.empty()
      const server = await startKass(home.folder, home.env)
      times.push(server.readyMs)
      await server.stop()
    }
    return [
      {
        work: 'cold start to GET /ready 200',
        figures: [
          { name: 'median', value: Math.round(quantile(times.slice(1), 0.5)), unit: 'ms', target: ['<=', 1500] },
          { name: 'first run', value: Math.round(times[0] ?? 0), unit: 'ms' },
        ],
        notes: ['an empty data folder, from the start of the supervisor; the first run may have no compiled code kept'],
      },
    ]
  },
}

const restart: Bench = {
  name: 'restart',
  async run({ homes, modelUrl, quick }) {
    const chunks = quick ? 5000 : 100_000
    const home = await homes.filled(chunks, true)
    const times: number[] = []
    for (let run = 0; run < (quick ? 1 : 3); run++) {
      const server = await startKass(home.folder, { ...home.env, ...embeddingSettings(modelUrl) })
      times.push(server.readyMs)
      await server.stop()
    }
    const value = Math.round(quantile(times, 0.5))
    return [
      {
        work: `restart with ${chunks.toLocaleString('en')} chunks to GET /ready 200`,
        figures: [{ name: 'median', value, unit: 'ms', target: ['<=', 8000], aim: 3000 }],
      },
    ]
  },
}

function memoryOf(server: KassServer): { api: number; worker: number; supervisor: number } {
  const { apiPid, workerPid, supervisorPid } = server
  return { api: residentMb(apiPid), worker: residentMb(workerPid), supervisor: residentMb(supervisorPid) }
}

async function searched(url: string, mode: string): Promise<void> {
  const writer = createWriter(13)
  const caller = createCaller(url)
  await oneByOne(100, 0, () => caller.post('/search', { query: writer.words(11).join(' '), mode }))
  await caller.close()
}

const memory: Bench = {
  name: 'memory',
  async run({ homes, modelUrl, quick }) {
    const states = [
      { label: 'at start', chunks: 0, vectors: false, target: 200 },
      { label: 'chunks, text', chunks: quick ? 1000 : 20_000, vectors: false, target: 350 },
      { label: 'chunks with vectors', chunks: quick ? 1000 : 20_000, vectors: true, target: 350 },
      { label: 'chunks with vectors', chunks: quick ? 5000 : 100_000, vectors: true },
    ]
    const rows = []
    for (const { label, chunks, vectors, target } of states) {
      const home = await (chunks === 0 ? homes.empty() : homes.filled(chunks, vectors))
      const server = await startKass(home.folder, { ...home.env, ...(vectors && embeddingSettings(modelUrl)) })
      try {
        if (chunks > 0) await searched(server.url, vectors ? 'hybrid' : 'text')
        const { api, worker, supervisor } = memoryOf(server)
        const figures: Figure[] = [
          {
            name: 'API + worker',
            value: api + worker,
            unit: 'MB',
            target: target === undefined ? undefined : ['<=', target],
          },
          { name: 'API', value: api, unit: 'MB' },
          { name: 'worker', value: worker, unit: 'MB' },
          { name: 'supervisor', value: supervisor, unit: 'MB' },
        ]
        const what = chunks === 0 ? label : `with ${chunks.toLocaleString('en')} ${label}, after 100 searches`
        rows.push({ work: `memory of both processes ${what}`, figures })
      } finally {
        await server.stop()
      }
    }
    return rows
  },
}

export const startBenches: Bench[] = [coldStart, restart, memory]
