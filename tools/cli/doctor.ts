import { type Command, InvalidArgumentError } from 'commander'
import type { Examined } from '../doctor/examine.ts'
import { type Context, table } from './context.ts'
import { exitCodes } from './failure.ts'

const marks = { ok: 'ok', warning: 'warn', problem: 'FAIL' } as const

function seconds(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds, from 1.')
  return Number(text)
}

/** A line for each finding, and below it what to do. */
function lines(checks: readonly Examined[]): string[] {
  const rows = checks.flatMap(({ check, findings }) =>
    findings.map(({ state, message, action }) => ({ cells: [marks[state], check, message], action })),
  )
  const shown = table(rows.map(({ cells }) => cells))
  return rows.flatMap(({ action }, at) => [shown[at] ?? '', ...(action === undefined ? [] : [`      -> ${action}`])])
}

export function addDoctor(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('doctor')
    .description('look at every part that the settings name, and say what is wrong with it and what to do')
    .option('--patience <seconds>', 'how long each check may take', seconds, 20)
    .addHelpText(
      'after',
      '\nIt calls each model once, and sends a small document through storage, queue, worker and index, which it removes again.\nEnds with 1 when something is wrong; warnings alone end with 0.',
    )
    .action(({ patience }: { patience: number }) =>
      run(async (context) => {
        const { examineAll } = await import('../doctor/doctor.ts')
        const { env, signal: stop } = context
        const report = await examineAll({ env, stop, patienceMs: patience * 1000 })
        stop.throwIfAborted()
        context.result(report, () => lines(report.checks))
        const count = (state: keyof typeof marks) =>
          report.checks.flatMap(({ findings }) => findings).filter((one) => one.state === state).length
        context.note(`\n${count('problem')} problems, ${count('warning')} warnings`)
        return report.ok ? exitCodes.ok : exitCodes.failed
      }),
    )
}
