/**
 * `npm run test:integration [-- files…] [-- --only contracts,worker] [--write-calls]`: starts the real counterparts of
 * AWS, runs the integration tests against them phase by phase, and holds the calls that KASS made against the committed
 * list. A counterpart whose address is set already (KASS_TEST_…_URL) is used as it is.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Phase, phases, runPhase } from './integration/phases.ts'
import { callsFrom, differences } from './stack/calls.ts'
import { partNames } from './stack/parts.ts'
import { addressKeys, startStack } from './stack/start-stack.ts'

const root = join(import.meta.dirname, '..')
const list = join(root, 'shared/adapters/aws/calls.json')
const preload = join(root, 'test/stack/record-calls.ts')
const say = (line: string) => process.stdout.write(`# ${line}\n`)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'write-calls': { type: 'boolean', default: false },
    reporter: { type: 'string' },
    timeout: { type: 'string', default: '600' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '1' },
  },
})
const whole = positionals.length === 0 && values.only === undefined
if (values['write-calls'] && !whole) throw new Error('--write-calls needs all tests, not some of them')
const chosen: Phase[] =
  positionals.length > 0
    ? [{ name: 'files', files: positionals }]
    : phases.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))
const folder = mkdtempSync(join(tmpdir(), 'kass-integration-'))
const recorded = join(folder, 'calls')
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

process.exitCode = await main()

async function main(): Promise<number> {
  const running = Object.fromEntries(partNames.map((name) => [name, process.env[addressKeys[name]] || undefined]))
  const stack = await startStack({ running, say, logs: join(folder, 'logs'), lagMs: 1000 })
  Object.assign(process.env, stack.env, { KASS_RECORD_CALLS: recorded })
  const totals = { passed: 0, failed: 0 }
  try {
    for (const version of Object.values(stack.versions)) say(version)
    for (const phase of chosen) {
      if (interrupted.signal.aborted) return 130
      const began = performance.now()
      const { passed, failed } = await runPhase(phase, { preload, options: values, signal: interrupted.signal })
      totals.passed += passed
      totals.failed += failed
      const took = Math.round((performance.now() - began) / 1000)
      say(`${phase.name}: ${passed} passed, ${failed} failed, ${took} s`)
    }
  } finally {
    await stack.stop()
  }
  if (totals.failed === 0) totals.failed += compareCalls()
  if (totals.failed === 0) rmSync(folder, { recursive: true, force: true })
  else say(`the output of the counterparts is in ${folder}`)
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`)
  return totals.failed === 0 ? 0 : 1
}

/** Holds what was called against the committed list. Some tests alone don't make every call. */
function compareCalls(): number {
  const lines = existsSync(recorded) ? readFileSync(recorded, 'utf8').split('\n').filter(Boolean) : []
  const calls = callsFrom(lines)
  if (values['write-calls']) {
    writeFileSync(list, `${JSON.stringify(calls, null, 2)}\n`)
    say(`${lines.length} calls written to ${list}`)
    return 0
  }
  const { added, missing } = differences(existsSync(list) ? readFileSync(list, 'utf8') : '{}', calls)
  for (const call of added) say(`called, but not in the list: ${call}`)
  // Some calls need a fault or a race at the right moment, so one run without them proves nothing.
  if (whole) for (const call of missing) say(`in the list, but not called this time: ${call}`)
  if (added.length === 0) return 0
  say('there are new calls to AWS: look at them, and then run this with --write-calls')
  return 1
}
