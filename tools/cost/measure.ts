/**
 * `node tools/cost/measure.ts`: what a search, a turn, a document and a minute of doing nothing make service and worker
 * do, counted in calls, request units, bytes and tokens while they run on the real counterparts of AWS. Writes
 * infra/cost/measured.json, which the cost command reckons with.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Measured } from '../../infra/cost/measured.ts'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { createApiKey } from '../../shared/ports/access-key.ts'
import { scopes } from '../../shared/ports/access-store.ts'
import { wire } from '../../shared/wire.ts'
import { freshResources } from '../../test/stack/resources.ts'
import { startTwoMains } from '../../test/stack/two-mains.ts'
import { provision } from '../provision.ts'
import { startStack } from '../stack/start-stack.ts'
import { createApi } from './api.ts'
import { linesAfter, perOperation } from './lines.ts'
import { scenarios } from './scenarios.ts'

const say = (line: string) => process.stderr.write(`# ${line}\n`)
/** Usage counters are written every five seconds, traces at once, chunks are refreshed every second. */
const quietMs = 8_000
const idleMinutes = 2

const folder = mkdtempSync(join(tmpdir(), 'kass-cost-'))
const calls = join(folder, 'calls')
writeFileSync(calls, '')
const stack = await startStack({ parts: ['ministack', 'opensearch', 'bedrock'], say })
Object.assign(process.env, stack.env)
try {
  const measured = await measure()
  const file = join(import.meta.dirname, '../../infra/cost/measured.json')
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`)
  say(`written to ${file}`)
} finally {
  await stack.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measure() {
  const ports = {
    [new URL(stack.bedrock?.url ?? '').port]: 'bedrock',
    [new URL(stack.opensearch?.url ?? '').port]: 'es',
  }
  const settings = {
    ...freshResources(),
    ...{ AUTH: 'keys', CHAT_MODEL: 'bedrock', EMBEDDER: 'bedrock', LOG_LEVEL: 'info' },
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: stack.bedrock?.url ?? '',
    // This machine may be busy, and what it is busy with is not measured.
    MAX_EVENT_LOOP_DELAY_MS: '0',
    // As it is deployed: schedules come from outside, and an empty queue is asked once in 20 seconds.
    ...{ SWEEP_EVERY_MS: '0', COMPARE_EVERY_MS: '0', QUEUE_WAIT_SECONDS: '20' },
  }
  const config = loadConfig(settings)
  const logger = createLogger({ level: 'error', name: 'measure' })
  await provision(config, { logger })
  const preload = join(import.meta.dirname, 'count-calls.ts')
  const mains = await startTwoMains({
    ...settings,
    ...{ NODE_OPTIONS: `--import=${preload}`, COST_CALLS: calls, COST_PORTS: JSON.stringify(ports) },
  })
  let logged = ''
  for (const { process: child } of [mains.service, ...mains.workers]) {
    child.stdout?.on('data', (chunk: Buffer) => {
      logged += chunk.toString()
    })
  }
  const { ports: tools, close } = await wire(config, { logger, role: 'tool' })
  const about = { name: 'measure', tenant: 'default', subject: 'measure', groups: ['*'], scopes: [...scopes] }
  const { key, text } = createApiKey(about, { now: Date.now() })
  await tools.access.createKey(key)
  const api = createApi(mains.url, text)

  let read = linesAfter(calls, 0).end
  const count = async (
    { name, about, times, documentKb }: { name: string; about: string; times: number; documentKb?: number },
    act: () => Promise<void>,
  ) => {
    await wait(quietMs)
    read = linesAfter(calls, read).end
    logged = ''
    await act()
    await wait(quietMs)
    const { lines, end } = linesAfter(calls, read)
    read = end
    const log = { bytes: Buffer.byteLength(logged), ...tokensIn(logged) }
    say(`${name}: ${lines.length} lines`)
    return [name, { about, times, ...perOperation(lines, log, { count: times, documentKb }) }] as const
  }
  const results: (readonly [string, Measured & { about: string; times: number }])[] = []
  for (const { count: times, act, ...about } of scenarios) {
    results.push(
      await count({ ...about, times }, async () => {
        for (let index = 0; index < times; index++) await act(api, index)
      }),
    )
  }
  const idle = () => wait(idleMinutes * 60_000)
  const nothing = { name: 'idle-minute', about: 'a minute in which nobody asks anything', times: idleMinutes }
  results.push(await count(nothing, idle))
  for (const kind of ['sweep', 'compare'] as const) {
    const records = scenarios.reduce((sum, one) => sum + (one.name.startsWith('document-') ? one.count : 0), 0)
    const about = kind === 'sweep' ? 'a sweep that finds nothing' : `a comparison of ${records} documents`
    results.push(await count({ name: kind, about, times: 1 }, () => tools.queue.send({ kind })))
  }
  await close()
  await mains.stop()
  return {
    made: new Date().toISOString().slice(0, 10),
    by: 'node tools/cost/measure.ts',
    on: `${stack.versions.ministack}, ${stack.versions.opensearch} and the Bedrock emulator; settings as in a deployment`,
    scenarios: Object.fromEntries(results),
  }
}

/** What the chat model was given and said, by the log. */
function tokensIn(log: string): { inputTokens: number; outputTokens: number } {
  const totals = { inputTokens: 0, outputTokens: 0 }
  for (const line of log.split('\n').filter((each) => each.startsWith('{'))) {
    const entry: Record<string, unknown> = JSON.parse(line)
    if (entry.message !== 'model call') continue
    totals.inputTokens += Number(entry.inputTokens ?? 0)
    totals.outputTokens += Number(entry.outputTokens ?? 0)
  }
  return totals
}
