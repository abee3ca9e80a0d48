import { startKass } from '../kass-server.ts'
import { dimensions, embeddingSettings } from './dataset.ts'
import { atOnce, type Caller, createCaller, oneByOne } from './load.ts'
import { quantile, rounded } from './machine.ts'
import { createWriter } from './random.ts'
import type { Bench, BenchContext, Figure, Row } from './row.ts'

const termsOfQuestion = 11

interface Targets {
  p50: number
  p95?: number
  perSecond?: number
  aim?: number
}

/** What asking the stand-in for a question's vector costs, over a connection of its own. */
async function embeddingCost(modelUrl: string, questions: readonly string[]): Promise<{ p50: number; p95: number }> {
  const caller = createCaller(new URL(modelUrl).origin)
  const times = await oneByOne(questions.length, 50, (index) => {
    const input = [questions[index % questions.length] ?? '']
    return caller.post('/v1/embeddings', { model: 'fake-embed', input, dimensions, encoding_format: 'base64' })
  })
  await caller.close()
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) }
}

async function measure(
  context: BenchContext,
  url: string,
  mode: 'text' | 'hybrid',
  label: string,
  targets: Targets,
): Promise<Row> {
  const writer = createWriter(11)
  const questions = Array.from({ length: context.quick ? 50 : 500 }, () => writer.words(termsOfQuestion).join(' '))
  const search = (caller: Caller, index: number) =>
    caller.post('/search', { query: questions[index % questions.length], mode })
  const single = createCaller(url)
  const times = await oneByOne(questions.length, 50, (index) => search(single, index))
  await single.close()
  const spent = mode === 'hybrid' ? await embeddingCost(context.modelUrl, questions) : { p50: 0, p95: 0 }
  const figures: Figure[] = [
    {
      name: 'p50',
      value: rounded(quantile(times, 0.5) - spent.p50),
      unit: 'ms',
      target: ['<=', targets.p50],
      aim: targets.aim,
    },
    {
      name: 'p95',
      value: rounded(quantile(times, 0.95) - spent.p50),
      unit: 'ms',
      target: targets.p95 === undefined ? undefined : ['<=', targets.p95],
    },
  ]
  const many = await atOnce(url, 16, context.quick ? 1 : 8, search)
  const target = targets.perSecond === undefined ? undefined : (['>=', targets.perSecond] as const)
  figures.push({ name: '16 clients', value: rounded(many.perSecond), unit: 'requests/s', target })
  const notes =
    mode === 'hybrid'
      ? [
          `the query's embedding (${rounded(spent.p50)} ms at the median, asked of the stand-in model directly) is taken off p50 and p95, not off requests/s`,
        ]
      : []
  return { work: `${label}, ${mode}`, figures, notes }
}

function searchBench(name: string, chunks: number, targets: { text: Targets; hybrid: Targets }): Bench {
  return {
    name,
    async run(context) {
      const size = context.quick ? chunks / 20 : chunks
      const home = await context.homes.filled(size, true)
      const server = await startKass(home.folder, { ...home.env, ...embeddingSettings(context.modelUrl) })
      const label = `search over HTTP at ${size.toLocaleString('en')} chunks`
      try {
        return [
          await measure(context, server.url, 'text', label, targets.text),
          await measure(context, server.url, 'hybrid', `${label} with ${dimensions} dimensions`, targets.hybrid),
        ]
      } finally {
        await server.stop()
      }
    },
  }
}

export const searchBenches: Bench[] = [
  searchBench('search20k', 20_000, {
    text: { p50: 3, p95: 6, perSecond: 500 },
    hybrid: { p50: 9, p95: 15, perSecond: 100 },
  }),
  searchBench('search100k', 100_000, { text: { p50: 5 }, hybrid: { p50: 40, aim: 10 } }),
]
