import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readStackFile, stacks } from '../../stack-file.ts'
import { estimate } from '../estimate.ts'
import { readOptions } from '../options.ts'
import { summary } from '../report.ts'

test('the README shows what the command reckons now', async (t) => {
  const { workloads } = readOptions([])
  const months = stacks.flatMap((stack) => workloads.map((workload) => estimate(readStackFile(stack), workload)))
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  t.ok(readme.includes(`\n${summary(months).join('\n')}\n`), 'run: npm run cost -- --summary')
})
