/**
 * The command line. Over HTTP: KASS_URL, and KASS_API_KEY or KASS_TOKEN; `keys`, `config`, `compare`, `doctor`, `backup` and
 * `restore` work on the local data.
 */
import { Command, CommanderError } from 'commander'
import { addAsk } from './cli/ask.ts'
import { addBackup } from './cli/backup.ts'
import { addChanges } from './cli/change.ts'
import { addCompare } from './cli/compare.ts'
import { addConfig } from './cli/config.ts'
import { type Context, createContext } from './cli/context.ts'
import { addDoctor } from './cli/doctor.ts'
import { exitCodes, Failure } from './cli/failure.ts'
import { addFeedback } from './cli/feedback.ts'
import { addIngest } from './cli/ingest.ts'
import { addKeys } from './cli/keys.ts'
import { addList } from './cli/list.ts'
import { printable, printableJson } from './cli/printable.ts'
import { addSearch } from './cli/search.ts'
import { addStatus } from './cli/status.ts'

const json = process.argv.includes('--json')
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
// Whoever reads us may have seen enough: `kass list | head`.
process.stdout.on('error', () => process.exit())

function report(code: string, message: string, details: Record<string, unknown> = {}): void {
  const line = json ? printableJson({ error: { code, message, ...details } }) : printable(message)
  process.stderr.write(`${line}\n`)
}

function fail(error: unknown): void {
  if (stop.signal.aborted) {
    process.exitCode = exitCodes.interrupted
  } else if (error instanceof CommanderError) {
    // Help and version come this way too; commander has printed its message already, unless it was told not to.
    if (error.exitCode !== 0 && json) report('usage', error.message)
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  } else if (error instanceof Failure) {
    report(error.code, error.message, error.details)
    process.exitCode = error.exitCode
  } else {
    report('internal', `That should not have happened: ${error instanceof Error ? error.message : error}`)
    process.exitCode = exitCodes.failed
  }
}

async function run(action: (context: Context) => Promise<unknown>): Promise<void> {
  const { stdout, stderr, env } = process
  const code = await action(createContext({ json, env, signal: stop.signal, stdout, stderr }))
  if (typeof code === 'number') process.exitCode = code
}

const program = new Command('kass')
  .description("Answers from your company's own documents, with the place that every answer comes from.")
  .option('--json', 'machine output only; errors as JSON on standard error')
  .exitOverride()
  .configureOutput(json ? { writeErr: () => {} } : {})
  .showHelpAfterError('(see --help)')
  .addHelpText(
    'after',
    `
Environment: KASS_URL (default http://127.0.0.1:8080), KASS_API_KEY or KASS_TOKEN.

Examples:
  $ kass ingest ./documents
  $ kass ask "What is our notice period?"
  $ kass search "travel costs" --path hr/ --json`,
  )

for (const add of [
  addIngest,
  addAsk,
  addSearch,
  addList,
  addStatus,
  addChanges,
  addKeys,
  addConfig,
  addCompare,
  addDoctor,
  addFeedback,
  addBackup,
]) {
  add(program, run)
}

program.parseAsync().catch(fail)
