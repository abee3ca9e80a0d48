import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { settings } from '../../shared/config.ts'
import { type MetricDefinition, type MetricName, metrics, runbookOf } from '../../shared/telemetry/metrics.ts'
import { prometheusName } from '../../shared/telemetry/prometheus.ts'
import { metricsPage } from '../metrics-page/page.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const all = Object.entries(metrics) as [MetricName, MetricDefinition][]
const alarming = all.filter(([, { alarm }]) => alarm).map(([name]) => runbookOf(name))
const pages = [...alarming, 'docs/telemetry.md']

/** The lines of the blocks of commands in a page. */
const commandsOf = (page: string): string[] =>
  [...read(page).matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))
const help = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'tools/kass.ts'), ...args, '--help'], { encoding: 'utf8' }).stdout

test('docs/metrics.md is what the table of metrics says', async (t) => {
  t.equal(read('docs/metrics.md'), metricsPage(), 'run: node tools/metrics-page.ts --write')
})

test('each metric that can alarm has its page, with the same four answers, and no other page is there', async (t) => {
  t.same(
    readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`),
    alarming.toSorted(),
  )
  for (const page of alarming) {
    const titles = read(page).match(/^#+ .*$/gm)
    const name = page.replace(/^docs\/runbooks\/|\.md$/g, '')
    t.same(titles, [`# ${name}`, '## How to confirm', '## What to do', '## How to try it'], page)
    t.ok(read(page).split('\n## ')[0]?.split('\n').slice(2).join('').length, `${page} says what it means`)
  }
})

test('every command in those pages exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json'))
  const known = /^(curl|sqlite3|printf|npm|npx|export|\.\/kass|for|mkdir) /
  const helps = new Map<string, string>()
  for (const page of pages) {
    for (const line of commandsOf(page)) {
      const plain = line.replace(/^(?:[A-Z_]+=\S+ )+/, '')
      t.match(plain, known, `${page}: ${line}`)
      for (const [, name = '', rest = ''] of line.matchAll(/\.\/kass ([a-z]+)([^;|]*)/g)) {
        if (!helps.has(name)) helps.set(name, help(name))
        t.match(helps.get(name), `Usage: kass ${name} `, `${page}: kass ${name}`)
        for (const [option] of rest.matchAll(/--[a-z-]+/g))
          if (option !== '--json') t.match(helps.get(name), option, `${page}: ${option}`)
      }
      for (const [, script = ''] of line.matchAll(/npm (?:run )?([a-z:-]+)/g))
        t.ok(scripts[script], `${page}: ${script}`)
      for (const [, file = ''] of line.matchAll(/npx node (\S+)/g))
        t.ok(existsSync(join(root, file)), `${page}: ${file}`)
    }
  }
})

test('every metric and setting that those pages name is one', async (t) => {
  const names = all.map(([name, metric]) => prometheusName(name, metric))
  for (const page of pages) {
    for (const [name] of read(page).matchAll(/\b(?:kass|http|gen_ai|nodejs)_[a-z0-9_]+/g))
      t.ok(
        names.some((known) => known.startsWith(name) || name.startsWith(known)),
        `${page}: ${name}`,
      )
    for (const [, name = ''] of read(page).matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g))
      t.ok(name in settings, `${page}: ${name}`)
  }
})

test('every link in those pages leads somewhere', async (t) => {
  for (const page of [...pages, 'docs/metrics.md']) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      t.ok(existsSync(join(root, page, '..', target)), `${page}: ${target}`)
  }
})
