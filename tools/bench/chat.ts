import { Client } from 'undici'
import { startKass } from '../kass-server.ts'
import { cpuMs, quantile, rounded } from './machine.ts'
import { createWriter } from './random.ts'
import type { Bench, Figure } from './row.ts'

interface TurnTimes {
  first: number
  total: number
}

/** Sends a request whose answer is a stream; the time of its first bytes and of its end. */
async function stream(client: Client, path: string, body: unknown): Promise<TurnTimes> {
  const began = performance.now()
  const { statusCode, body: answer } = await client.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
  })
  let first: number | undefined
  let text = ''
  for await (const part of answer.setEncoding('utf8')) {
    first ??= performance.now() - began
    text += part
  }
  if (statusCode !== 200 || /^event: error/m.test(text))
    throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 500)}`)
  return { first: first ?? 0, total: performance.now() - began }
}

/** What the stand-in model costs by itself, for a prompt of the same size. */
async function modelCost(modelUrl: string, turns: number): Promise<number> {
  const client = new Client(new URL(modelUrl).origin)
  const writer = createWriter(19)
  const sources = Array.from(
    { length: 8 },
    (_, index) => `<source number="${index + 1}" title="x" path="x">\n${writer.prose(150)}\n</source>`,
  )
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const content = `${sources.join('\n')}\n\nQuestion: ${writer.words(11).join(' ')}`
    const messages = [{ role: 'user', content }]
    times.push((await stream(client, '/v1/chat/completions', { model: 'fake-chat', messages, stream: true })).total)
  }
  await client.close()
  return quantile(times.slice(20), 0.5)
}

export const chatBench: Bench = {
  name: 'chat',
  async run({ homes, modelUrl, quick }) {
    const chunks = quick ? 1000 : 20_000
    const turns = quick ? 40 : 500
    // A server that has answered a while: what the compiler does to hot code is over.
    const warmUps = quick ? 30 : 300
    const home = await homes.filled(chunks, false)
    const settings = { CHAT_MODEL: 'openai-compatible', OPENAI_URL: modelUrl, OPENAI_CHAT_MODEL: 'fake-chat' }
    const server = await startKass(home.folder, { ...home.env, ...settings })
    const writer = createWriter(17)
    const client = new Client(server.url)
    const turn = () => stream(client, '/chat', { message: `What about ${writer.words(11).join(' ')}?`, stream: true })
    try {
      for (let warmUp = 0; warmUp < warmUps; warmUp++) await turn()
      const before = cpuMs(server.apiPid)
      const times: TurnTimes[] = []
      for (let index = 0; index < turns; index++) times.push(await turn())
      const after = cpuMs(server.apiPid)
      const model = await modelCost(modelUrl, quick ? 40 : 200)
      const whole = times.map(({ total }) => total)
      const figures: Figure[] = [
        { name: 'own time p50', value: rounded(quantile(whole, 0.5) - model), unit: 'ms', target: ['<=', 5] },
        {
          name: 'first event p50',
          value: rounded(
            quantile(
              times.map(({ first }) => first),
              0.5,
            ),
          ),
          unit: 'ms',
          target: ['<=', 5],
        },
        { name: 'whole turn p50', value: rounded(quantile(whole, 0.5)), unit: 'ms' },
        { name: 'whole turn p95', value: rounded(quantile(whole, 0.95)), unit: 'ms' },
      ]
      if (before !== undefined && after !== undefined) {
        figures.push({
          name: 'CPU of the API a turn',
          value: rounded((after - before) / turns),
          unit: 'ms',
          target: ['<=', 4],
        })
      }
      return [
        {
          work: `a chat turn with ${chunks.toLocaleString('en')} chunks, streamed, model latency zero`,
          figures,
          notes: [
            `own time is the whole turn less what the stand-in model takes when asked directly (${rounded(model)} ms)`,
            `every question is new; ${warmUps} turns go before, so that the compiler has done its work`,
          ],
        },
      ]
    } finally {
      await client.close()
      await server.stop()
    }
  },
}
