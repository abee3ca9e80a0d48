/**
 * `npm run test:integration [files…] [-- --write-calls]`: starts the real counterparts of AWS, runs the integration
 * tests against them, and holds the calls that the adapters made against the committed list. A counterpart whose
 * address is set already (KASS_TEST_…_URL) is used as it is.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { callsFrom, differences } from './stack/calls.ts'
import { partNames } from './stack/parts.ts'
import { addressKeys, startStack } from './stack/start-stack.ts'

const root = join(import.meta.dirname, '..')
const list = join(root, 'shared/adapters/aws/calls.json')
const preload = join(root, 'test/stack/record-calls.ts')
const patterns = ['{shared,service,worker,tools}/**/*.integration.ts', 'test/integration/**/*.test.ts']
const say = (line: string) => process.stdout.write(`# ${line}\n`)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'write-calls': { type: 'boolean', default: false },
    reporter: { type: 'string' },
    timeout: { type: 'string', default: '600' },
    jobs: { type: 'string', default: '1' },
  },
})
const all = patterns.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules'] })).sort()
const files = positionals.length > 0 ? positionals : all
if (values['write-calls'] && positionals.length > 0) throw new Error('--write-calls needs all tests, not some of them')
const folder = mkdtempSync(join(tmpdir(), 'kass-integration-'))
const recorded = join(folder, 'calls')
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

process.exitCode = await main()

async function main(): Promise<number> {
  const running = Object.fromEntries(partNames.map((name) => [name, process.env[addressKeys[name]] || undefined]))
  const stack = await startStack({ running, say, logs: join(folder, 'logs'), lagMs: 1000 })
  let code = 1
  try {
    for (const version of Object.values(stack.versions)) say(version)
    code = await runTap({ ...process.env, ...stack.env, KASS_RECORD_CALLS: recorded })
  } finally {
    await stack.stop()
    if (code === 0) code = compareCalls()
    if (code === 0) rmSync(folder, { recursive: true, force: true })
    else say(`the output of the counterparts is in ${folder}`)
  }
  return code
}

async function runTap(env: NodeJS.ProcessEnv): Promise<number> {
  if (interrupted.signal.aborted) return 130
  const reporter = values.reporter ?? (process.stdout.isTTY ? undefined : 'tap')
  const options = [
    `--jobs=${values.jobs}`,
    `--timeout=${values.timeout}`,
    '--disable-coverage',
    '--allow-empty-coverage',
  ]
  if (reporter !== undefined) options.push(`--reporter=${reporter}`)
  const tap = join(root, 'node_modules/.bin/tap')
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const child = spawn(tap, [...options, `--node-arg=--import=${preload}`, ...files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, PATH: path },
  })
  interrupted.signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'exit')
  return typeof code === 'number' && !interrupted.signal.aborted ? code : 130
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
  if (positionals.length > 0) return added.length > 0 ? 1 : 0
  for (const call of missing) say(`in the list, but not called: ${call}`)
  if (added.length + missing.length === 0) return 0
  say('the calls to AWS have changed: look at them, and then run this with --write-calls')
  return 1
}
