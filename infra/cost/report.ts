import type { StackConfig } from '../config.ts'
import { type Alternative, egressAlternatives, searchAlternatives } from './alternatives.ts'
import { type Cases, sumOf } from './cases.ts'
import type { Estimate } from './estimate.ts'
import { dollars } from './money.ts'
import { measurement } from './usage.ts'
import { warningsOf } from './warnings.ts'

const count = (value: number) => value.toLocaleString('en-US')
const three = ({ floor, expected, ceiling }: Cases) => [dollars(floor), dollars(expected), dollars(ceiling)]

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  )
}

/** One stack under one workload, for people. */
export function report(config: StackConfig, estimate: Estimate): string[] {
  const { workload, services, lines } = estimate
  const perThousand = (all: Cases) =>
    workload.requests === 0 ? '' : dollars((all.expected / workload.requests) * 1000)
  const row = (name: string, part: { fixed: Cases; documents: Cases; requests: Cases; total: Cases }, mark = '') => [
    `${name}${mark}`,
    dollars(part.fixed.expected),
    dollars(part.documents.expected),
    perThousand(part.requests),
    ...three(part.total),
  ]
  const unsure = new Set(lines.flatMap((line) => (line.unconfirmed && line.usd.ceiling > 0 ? [line.service] : [])))
  const sorted = services
    .filter(({ total }) => total.ceiling > 0)
    .toSorted((a, b) => b.total.expected - a.total.expected)
  const all = {
    fixed: sumOf(services.map((each) => each.fixed)),
    documents: sumOf(services.map((each) => each.documents)),
    requests: sumOf(services.map((each) => each.requests)),
    total: estimate.total,
  }
  const head = ['USD a month', 'fixed', 'documents', 'per 1,000 req.', 'floor', 'expected', 'ceiling']
  return [
    `${config.stack} (${config.region}): ${count(workload.requests)} requests a month, ${count(workload.documents)} documents`,
    '',
    ...table([
      head,
      ...sorted.map((each) => row(each.service, each, unsure.has(each.service) ? ' *' : '')),
      row('all together', all),
    ]),
    '',
    ...[...warningsOf(config, estimate)].map((warning) => `! ${warning}`),
  ]
}

/** What the choices would cost, under one workload. */
export function choices(config: StackConfig, { workload, pricedAs }: Estimate): string[] {
  const rows = (title: string, all: readonly Alternative[]) =>
    table([
      [title, 'floor', 'expected', 'ceiling'],
      ...all.map(({ choice, chosen, cost }) => [`${chosen ? '> ' : '  '}${choice}`, ...three(cost)]),
    ])
  return [
    ...rows('Ways out of the network', egressAlternatives(config, workload, pricedAs)),
    '',
    ...rows('OpenSearch', searchAlternatives(config, workload, pricedAs)),
  ]
}

/** Every stack under every workload, as Markdown for the README. */
export function summary(estimates: readonly Estimate[]): string[] {
  const stacks = [...new Set(estimates.map(({ stack }) => stack))]
  const workloads = [...new Set(estimates.map(({ workload }) => workload.requests))]
  const cell = (stack: string, requests: number) => {
    const month = estimates.find((each) => each.stack === stack && each.workload.requests === requests)
    if (month === undefined) return ''
    const [floor, expected, ceiling] = three(month.total)
    return `${expected} (${floor} to ${ceiling})`
  }
  return [
    `| requests a month | ${stacks.join(' | ')} |`,
    `|---|${stacks.map(() => '---|').join('')}`,
    ...workloads.map((each) => `| ${count(each)} | ${stacks.map((stack) => cell(stack, each)).join(' | ')} |`),
  ]
}

/** What stands behind the figures, once for all. */
export function footnotes(estimates: readonly Estimate[]): string[] {
  const lines = estimates.flatMap((each) => each.lines).filter(({ usd }) => usd.ceiling > 0)
  const whys = [...new Set(lines.flatMap(({ unconfirmed }) => unconfirmed ?? []))]
  const unsure = whys.map((why) => {
    const of = new Set(lines.flatMap((line) => (line.unconfirmed === why ? [line.service] : [])))
    return `    ${[...of].join(', ')}: ${why}`
  })
  const pages = new Set(lines.map(({ source }) => `${source.page} (${source.read})`))
  return [
    'fixed, documents and per 1,000 requests are the expected case; floor and ceiling are what the assumptions allow.',
    'List prices without tax, free allowances, discounts and support; not counted: traffic between zones, SNS messages.',
    ...(unsure.length > 0 ? ['* with a price that could not be confirmed:', ...unsure] : []),
    'Prices from:',
    ...[...pages].map((page) => `    ${page}`),
    `What a request and a document cause was measured on ${measurement.made} (${measurement.by}); the rest is assumed:`,
    '    infra/cost/usage.ts, or --json.',
  ]
}
