import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import type { Context } from './context.ts'
import { printable } from './printable.ts'
import { wholeNumber } from './search.ts'
import { type FileReport, type Outcome, uploadAll } from './upload.ts'
import { walk } from './walk.ts'

interface IngestOptions {
  pathPrefix?: string
  tags?: string[]
  groups?: string[]
  wait: boolean
  concurrency: number
}

export interface IngestSummary {
  total: number
  uploaded: number
  unchanged: number
  unsupported: number
  failed: number
  /** Found, and no documents; `files` names each with its reason. */
  skipped: number
  /** Hidden files and folders, which are in no other count. */
  hidden: number
  files: FileReport[]
}

export function summarize(reports: FileReport[], hidden: number): IngestSummary {
  const count = (outcome: Outcome) => reports.filter((report) => report.outcome === outcome).length
  return {
    total: reports.length,
    uploaded: count('uploaded'),
    unchanged: count('unchanged'),
    unsupported: count('unsupported'),
    failed: count('failed'),
    skipped: count('skipped'),
    hidden,
    files: reports,
  }
}

function lines(summary: IngestSummary, waited: boolean): string[] {
  const troubles = summary.files.filter((report) => report.reason !== undefined)
  const { total, uploaded, unchanged, unsupported, failed, skipped, hidden } = summary
  return [
    ...troubles.map(
      ({ outcome, path, code, place, reason }) =>
        `${outcome}: ${path}${place ? `, ${place}` : ''}: ${reason} (${code})`,
    ),
    `${total} files: ${uploaded} uploaded${waited ? ' and ready' : ''}, ${unchanged} unchanged, ${unsupported} unsupported, ${failed} failed` +
      (skipped > 0 ? `, ${skipped} skipped` : '') +
      (hidden > 0 ? `; ${hidden} hidden not looked at` : ''),
  ]
}

function progressBar(total: number) {
  let sent = 0
  let done = 0
  let failed = 0
  const format = '{bar} {value}/{total} done | {sent} sent, {failed} failed | {path}'
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true })
  bar.start(total, 0, { sent, failed, path: '' })
  return {
    step(report: FileReport, step: 'sent' | 'settled') {
      if (step === 'sent') sent++
      else done++
      if (step === 'settled' && report.outcome === 'failed') failed++
      bar.update(done, { sent, failed, path: printable(report.path.slice(-40)) })
    },
    stop: () => bar.stop(),
  }
}

async function ingest(context: Context, from: string, options: IngestOptions): Promise<number> {
  const { files, notSent, hidden, single } = await walk(from, options.pathPrefix)
  const bar = context.terminal && files.length > 0 ? progressBar(files.length) : undefined
  let reports: FileReport[]
  try {
    reports = await uploadAll(files, {
      client: context.client,
      signal: context.signal,
      concurrency: options.concurrency,
      wait: options.wait,
      tags: options.tags,
      groups: options.groups,
      onProgress: bar?.step,
    })
  } finally {
    bar?.stop()
  }
  const summary = summarize([...reports, ...notSent], hidden)
  context.result(summary, () => lines(summary, options.wait))
  // One that was named itself was meant; in a folder, what can't be read is passed over.
  return summary.failed > 0 || (single && summary.unsupported > 0) ? 1 : 0
}

export function addIngest(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('ingest')
    .description('upload a file, or a folder with everything below it, and wait until it can be found')
    .argument('<folder-or-file>')
    .option('-p, --path-prefix <prefix>', 'put it under this path')
    .option('-t, --tags <tag...>', 'tags for every document')
    .option('-g, --groups <group...>', 'groups that may see the documents; nobody else will')
    .option('--no-wait', 'do not wait until the documents are ready')
    .option('-c, --concurrency <number>', 'uploads at once', wholeNumber, 4)
    .addHelpText(
      'after',
      '\nExamples:\n  $ kass ingest ./handbook --path-prefix hr\n  $ kass ingest prices.xlsx --tags sales',
    )
    .action((from: string, options: IngestOptions) => run((context) => ingest(context, from, options)))
}
