import type { Command } from 'commander'
import { createLogger } from '../../shared/logger.ts'
import type { CompareReport } from '../../worker/compare.ts'
import { type Context, table } from './context.ts'
import { Failure } from './failure.ts'
import { type Local, withLocal } from './local.ts'

async function comparison({ config, ports }: Local): Promise<CompareReport | undefined> {
  const [{ compare }, { createWorkerDeps }] = await Promise.all([
    import('../../worker/compare.ts'),
    import('../../worker/run.ts'),
  ])
  const deps = createWorkerDeps({ config, ports, logger: createLogger({ level: 'silent', name: 'kass' }) })
  try {
    return await compare(deps)
  } finally {
    await deps.extractor.close()
  }
}

function lines(report: CompareReport): string[] {
  const { objects, records, attempts, expired, disagreements, by_kind: kinds, examples, took_ms: took } = report
  return [
    `${objects} objects, ${records} records and ${attempts} indexed attempts compared in ${took} ms: ${disagreements} disagreements.`,
    ...(expired > 0 ? [`${expired} documents that could not be read were deleted (RETAIN_FAILED_DAYS).`] : []),
    ...table(Object.entries(kinds).map(([kind, count]) => [`  ${kind}`, String(count)])),
    ...examples.slice(0, 20).map(({ kind, path, attempt, detail }) => `  ${kind}: ${path ?? attempt}: ${detail}`),
    ...(report.alarm ? [`ALARM: ${report.alarm}`] : []),
    ...(disagreements > 0 && !report.alarm ? ['The worker mends them; compare again to see.'] : []),
  ]
}

export function addCompare(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('compare')
    .description('compare objects, records and index of the local data (KASS_DATA), and have what disagrees mended')
    .action(() =>
      run(async (context) => {
        const report = await withLocal(context, comparison)
        if (!report) throw new Failure('busy', 'Another comparison is under way; try again in a while.')
        context.result(report, () => lines(report))
        return report.disagreements > 0 ? 1 : 0
      }),
    )
}
