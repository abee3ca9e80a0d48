/** `npm run bench [-- --storage aws] [--only chat,restart] [--quick] [--json out.json]`: how fast KASS is here. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chatBench } from './chat.ts'
import { createHomes } from './dataset.ts'
import { ingestBenches } from './ingest.ts'
import { describeMachine } from './machine.ts'
import { type Report, readableReport } from './report.ts'
import type { Bench } from './row.ts'
import { searchBenches } from './search.ts'
import { startBenches } from './start.ts'
import { openStorage } from './storage.ts'
import { telemetryBench } from './telemetry.ts'

const benches: Bench[] = [...searchBenches, ...startBenches, chatBench, ...ingestBenches, telemetryBench]
const say = (text: string) => void process.stderr.write(`${text}\n`)

function chosen(only: string | undefined): Bench[] {
  if (only === undefined) return benches
  const names = only.split(',')
  const known = benches.map(({ name }) => name)
  const wrong = names.filter((name) => !known.some((one) => one.startsWith(name)))
  if (wrong.length > 0) throw new Error(`no bench is called ${wrong.join(', ')}; there are ${known.join(', ')}`)
  return benches.filter((bench) => names.some((name) => bench.name.startsWith(name)))
}

/** The stand-in model, in a process of its own, so that its work is not the bench's. */
async function startModel(): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../fake-openai.ts'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const url = /http:\S+/.exec(String(line))?.[0]
  if (url === undefined) throw new Error(`the stand-in model does not say where it is: ${line}`)
  return { url, stop: () => void child.kill() }
}

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    storage: { type: 'string', default: 'embedded' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
if (values.help) {
  process.stdout.write(
    `npm run bench [-- --storage embedded|aws] [--only <name,…>] [--quick] [--json <file>]\n\nnames: ${benches.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(0)
}
const selected = chosen(values.only)
const began = performance.now()
const report: Report = { machine: describeMachine(), storage: '', quick: values.quick, took_s: 0, rows: [], broken: [] }
const storage = await openStorage(values.storage, say)
report.storage = storage.about
const homes = createHomes(storage.fresh, say)
const model = await startModel()
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
try {
  for (const bench of selected) {
    if (stop.signal.aborted) break
    say(`${bench.name} …`)
    try {
      const rows = await bench.run({ homes, modelUrl: model.url, quick: values.quick, say })
      report.rows.push(...rows.map((row) => ({ bench: bench.name, ...row })))
    } catch (error) {
      say(`${bench.name} failed: ${error instanceof Error ? error.stack : error}`)
      report.broken.push({ bench: bench.name, reason: error instanceof Error ? error.message : String(error) })
    }
  }
} finally {
  model.stop()
  homes.removeAll()
  await storage.close()
}
report.took_s = Math.round((performance.now() - began) / 1000)
const json = JSON.stringify(report)
if (values.json !== undefined) writeFileSync(values.json, `${json}\n`)
process.stdout.write(`${json}\n\n${readableReport(report)}`)
// A figure that is missed is a figure; a bench that did not run is a failure.
if (report.broken.length > 0) process.exitCode = 1
