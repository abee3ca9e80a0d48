/** `npm run cost`: what a month of a stack costs, out of the configuration that deploys it. `--help` has the options. */
import { StackConfigError } from '../config.ts'
import { readStackFile } from '../stack-file.ts'
import { egressAlternatives, searchAlternatives } from './alternatives.ts'
import { estimate } from './estimate.ts'
import { help, OptionsError, readOptions } from './options.ts'
import { choices, footnotes, report, summary } from './report.ts'
import { assumptions, measurement, scenarios } from './usage.ts'
import { warningsOf } from './warnings.ts'

function run(args: readonly string[]): void {
  const options = readOptions(args)
  if (options.help) return void process.stdout.write(help)
  const months = options.stacks.flatMap((stack) => {
    const config = readStackFile(stack)
    return options.workloads.map((workload) => ({ config, month: estimate(config, workload, options.prices) }))
  })
  if (options.json) return void process.stdout.write(`${JSON.stringify(asJson(months), null, 2)}\n`)
  if (options.summary) return void process.stdout.write(`${summary(months.map(({ month }) => month)).join('\n')}\n`)
  const lines = months.flatMap(({ config, month }, at) => [
    ...report(config, month),
    // The choices of a stack are shown once, under its largest workload.
    ...(months[at + 1]?.config === config ? [] : ['', ...choices(config, month)]),
    '',
  ])
  process.stdout.write(`${[...lines, ...footnotes(months.map(({ month }) => month))].join('\n')}\n`)
}

function asJson(months: { config: ReturnType<typeof readStackFile>; month: ReturnType<typeof estimate> }[]) {
  return {
    months: months.map(({ config, month }) => ({
      ...month,
      warnings: [...warningsOf(config, month)],
      egress: egressAlternatives(config, month.workload, month.pricedAs),
      search: searchAlternatives(config, month.workload, month.pricedAs),
    })),
    assumptions,
    measured: { ...measurement, scenarios },
  }
}

try {
  run(process.argv.slice(2))
} catch (error) {
  const plain = error instanceof OptionsError || error instanceof StackConfigError || error instanceof Error
  process.stderr.write(`${plain ? error.message : error}\n${error instanceof OptionsError ? 'See --help.\n' : ''}`)
  process.exitCode = error instanceof OptionsError ? 2 : 1
}
