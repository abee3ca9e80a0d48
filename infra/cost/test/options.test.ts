import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'tap'
import { stacks } from '../../stack-file.ts'
import { readOptions } from '../options.ts'

test('without options it is every stack, for ten thousand, a hundred thousand and a million requests', async (t) => {
  const { stacks: chosen, workloads } = readOptions([])
  t.same(chosen, stacks)
  t.same(
    workloads.map(({ requests }) => requests),
    [10_000, 100_000, 1_000_000],
  )
})

test('a bad value is refused in a sentence that names it', async (t) => {
  const bad: [string[], RegExp][] = [
    [['--stack', 'qa'], /no stack "qa"/],
    [['--requests', '1e5'], /--requests .* "1e5"/],
    [['--requests', '10,000'], /--requests/],
    [['--requests=-1'], /--requests/],
    [['--documents', '1.5'], /--documents/],
    [['--tokens-in', '0'], /--tokens-in/],
    [['--tokens-out', 'many'], /--tokens-out/],
    [['--requests', '9999999999999999'], /--requests/],
    [['--wat'], /--wat/],
    [['prod'], /positional/],
  ]
  for (const [args, message] of bad) {
    t.throws(() => readOptions(args), message, args.join(' '))
  }
})

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../main.ts'), ...args], { encoding: 'utf8' })

test('the command prints a bill, or says on standard error what is wrong, and exits accordingly', async (t) => {
  const bill = run('--stack', 'prod', '--requests', '100000')
  t.equal(bill.status, 0, bill.stderr)
  t.match(bill.stdout, /^prod \(eu-central-1\): 100,000 requests a month/)
  t.match(bill.stdout, /^all together /m)
  t.match(bill.stdout, /^! .*paid though nobody asks anything, .* for OpenSearch/m)
  t.match(bill.stdout, /\* with a price that could not be confirmed/)
  t.match(bill.stdout, /^> endpoints: /m, 'the choice of the stack is marked')
  const refused = run('--stack', 'qa')
  t.equal(refused.status, 2)
  t.equal(refused.stdout, '')
  t.match(refused.stderr, /There is no stack "qa"/)
  t.equal(run('--prices', 'mars-1').status, 1)
  t.equal(run('--help').status, 0)
})

test('as JSON it gives every line with quantity, price and source, and all that is assumed and measured', async (t) => {
  const { stdout, status } = run('--stack', 'dev', '--requests', '5', '--json')
  t.equal(status, 0)
  const { months, assumptions, measured } = JSON.parse(stdout)
  t.equal(months.length, 1)
  for (const line of months[0].lines) t.ok(line.unit && line.source.page && line.usd.expected >= 0, line.item)
  t.ok(assumptions.chatShare.about)
  t.ok(measured.scenarios.turn.dynamodb.readUnits > 0)
})
