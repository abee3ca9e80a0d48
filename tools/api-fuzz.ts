/**
 * `npm run api-fuzz`: a running KASS against its own description. An OpenAPI validator reads `/openapi.json`, and
 * schemathesis makes requests from it, valid and invalid, and holds every response against it: no 5xx, no status,
 * type, header or body that is not described. Needs Python 3.11 or later; its packages go to `.venv`.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKass } from './kass-server.ts'

const root = join(import.meta.dirname, '..')
const requirements = join(root, 'test/e2e/requirements.txt')
const venv = join(root, '.venv')
const say = (text: string) => void process.stdout.write(`${text}\n`)

function run(command: string, args: readonly string[], options: { show?: boolean } = {}) {
  const done = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', options.show ? 'inherit' : 'pipe', 'inherit'],
  })
  if (done.error) throw new Error(`${command} could not be run: ${done.error.message}`)
  return { status: done.status, stdout: done.stdout ?? '' }
}

function mustRun(command: string, args: readonly string[]): void {
  const { status, stdout } = run(command, args)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}`)
}

/** The packages of requirements.txt in an environment of their own, made when needed. */
function python(): string {
  const stamp = join(venv, 'requirements.sha256')
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  const there = join(venv, 'bin/python')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return there
  say('Installing the Python packages of test/e2e/requirements.txt into .venv …')
  rmSync(venv, { recursive: true, force: true })
  mustRun(process.env.PYTHON ?? 'python3', ['-m', 'venv', venv])
  mustRun(there, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  writeFileSync(stamp, wanted)
  return there
}

/** Something to read, search and talk about. */
async function seed(url: string): Promise<void> {
  for (const [path, text] of [
    ['hr/handbook.md', '# Laptops\n\nA laptop is replaced after 42 months.\n'],
    ['sales/prices.csv', 'product,price\nlamp,12.50\ntable,80\n'],
  ] as const) {
    const form = new FormData()
    form.set('path', path)
    form.set('file', new Blob([text]), path)
    const { status } = await fetch(`${url}/documents`, { method: 'POST', body: form })
    if (status !== 202) throw new Error(`${path} was answered ${status}`)
  }
}

/** Counts of a JUnit report. */
function counts(file: string): { passed: number; failed: number } {
  const xml = readFileSync(file, 'utf8')
  const cases = xml.match(/<testcase\b/g)?.length ?? 0
  const failed = xml.match(/<(failure|error)\b/g)?.length ?? 0
  const skipped = xml.match(/<skipped\b/g)?.length ?? 0
  return { passed: Math.max(0, cases - failed - skipped), failed }
}

const bin = python()
const folder = mkdtempSync(join(tmpdir(), 'kass-fuzz-'))
const server = await startKass(join(folder, 'data'))
let passed = 0
let failed = 0
try {
  await seed(server.url)
  const description = join(folder, 'openapi.json')
  writeFileSync(description, await (await fetch(`${server.url}/openapi.json`)).text())
  if (run(bin, ['-m', 'openapi_spec_validator', description], { show: true }).status === 0) passed++
  else failed++
  const report = join(folder, 'junit.xml')
  const examples = process.argv[2] ?? '40'
  const { status } = run(
    join(venv, 'bin/schemathesis'),
    [
      ...['--config-file', join(root, 'test/e2e/schemathesis.toml')],
      ...['run', `${server.url}/openapi.json`, '--exclude-checks', 'positive_data_acceptance'],
      ...['--max-examples', examples, '--seed', '1', '--continue-on-failure', '--request-timeout', '30'],
      ...['--report', 'junit', '--report-junit-path', report, '--warnings', 'off'],
      // With more, Python 3.11 itself fails now and then ("AST constructor recursion depth mismatch").
      ...['--workers', '1'],
    ],
    { show: true },
  )
  const found = counts(report)
  passed += found.passed
  failed += found.failed
  if (status !== 0 && found.failed === 0) failed++
  if (found.passed + found.failed === 0) failed++
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
say(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
