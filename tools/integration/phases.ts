import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { startKeyedMains } from './keyed-mains.ts'

const root = join(import.meta.dirname, '../..')

/** A part of the integration tests: the same stack, other files, or the same files in another light. */
export interface Phase {
  name: string
  /** Tests for tap. */
  files?: string[]
  /** A command of ours that ends with `N passed, N failed`. */
  command?: string[]
  env?: Record<string, string>
  /** Its tests start the mains themselves, whose calls are recorded too. */
  recordsMains?: true
  /** Starts what the tests use, and gives the variables that say where it is. */
  before?: () => Promise<{ env: Record<string, string>; end(): Promise<void> }>
}

const find = (...patterns: string[]) =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules'] })).sort()
const e2e = (...names: string[]) => names.map((name) => `test/e2e/${name}.test.ts`)
/** The black box that starts its own servers, each with a storage of its own. */
const fresh = { KASS_E2E_STORAGE: 'test/stack/fresh-env.ts' }
/** About the supervisor, and about what lies in the folder of the embedded storage, or on its disk. */
const embeddedOnly = new Set(e2e('start', 'flood-of-bytes', 'full-disk'))

export const phases: readonly Phase[] = [
  { name: 'contracts', files: find('{shared,service,worker,tools}/**/*.integration.ts') },
  { name: 'processes', files: find('test/integration/**/*.test.ts') },
  {
    name: 'worker',
    files: find('worker/test/{reconcile,last-wish,interleaving,kill-9,retention}.test.ts'),
    env: { KASS_TEST_STORAGE: 'aws' },
  },
  { name: 'chaos', command: ['test/chaos/chaos.ts', '--storage', 'aws', '--kills', '20'] },
  // A deployment that is there already, by its address and a key.
  { name: 'deployed', files: e2e('documents', 'deletion'), before: startKeyedMains },
  {
    name: 'end-to-end',
    files: find('test/e2e/*.test.ts').filter((file) => !embeddedOnly.has(file)),
    env: fresh,
    recordsMains: true,
  },
  {
    name: 'serverless',
    files: e2e('documents', 'deletion', 'isolation', 'leaks-in-answers', 'leaks-in-lists'),
    env: { ...fresh, KASS_TEST_DIALECT: 'serverless', KASS_TEST_VISIBILITY_MS: '3000' },
    recordsMains: true,
  },
]

export interface RunOptions {
  /** Loaded into every test process. */
  preload: string
  options: { jobs: string; timeout: string; reporter?: string }
  signal: AbortSignal
}

/** Runs one phase with its output shown, and counts what passed. A run that ended badly has failed whatever it counted. */
export async function runPhase(phase: Phase, run: RunOptions): Promise<{ passed: number; failed: number }> {
  const before = await phase.before?.()
  try {
    const recording: Record<string, string> = phase.recordsMains ? { NODE_OPTIONS: `--import=${run.preload}` } : {}
    const { code, totals } = await output(phase, { ...recording, ...phase.env, ...before?.env }, run)
    const failed = code !== 0 && totals.failed === 0 ? 1 : totals.failed
    return totals.passed + failed === 0 ? { passed: 0, failed: 1 } : { passed: totals.passed, failed }
  } finally {
    await before?.end()
  }
}

function commandOf({ command, files = [] }: Phase, { preload, options }: RunOptions): string[] {
  if (command) return [process.execPath, ...command]
  const tap = [
    join(root, 'node_modules/.bin/tap'),
    `--jobs=${options.jobs}`,
    `--timeout=${options.timeout}`,
    `--reporter=${options.reporter ?? 'tap'}`,
    '--disable-coverage',
    '--allow-empty-coverage',
    `--node-arg=--import=${preload}`,
  ]
  return [...tap, ...files]
}

async function output(phase: Phase, more: Record<string, string>, run: RunOptions) {
  const [program = '', ...args] = commandOf(phase, run)
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, ...more, PATH: path },
  })
  const stop = () => child.kill('SIGTERM')
  run.signal.addEventListener('abort', stop)
  let tail = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    tail = (tail + chunk.toString()).slice(-10_000)
  })
  const [code] = await once(child, 'close')
  run.signal.removeEventListener('abort', stop)
  return { code, totals: totalsIn(tail) }
}

/** The last totals, as tap writes them (`# { total: 29, pass: 26, fail: 3 }`) or as our own commands do. */
export function totalsIn(text: string): { passed: number; failed: number } {
  const last = text.split('\n').findLast((line) => /^# \{ total: |^\d+ passed, \d+ failed$/.test(line)) ?? ''
  const number = (...patterns: RegExp[]) => Number(patterns.map((each) => each.exec(last)?.[1]).find(Boolean) ?? 0)
  return { passed: number(/pass: (\d+)/, /^(\d+) passed/), failed: number(/fail: (\d+)/, /(\d+) failed$/) }
}
