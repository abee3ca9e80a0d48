import type { Command } from 'commander'
import type { DocumentView } from '../../service/schemas/document.ts'
import { documentStatuses } from '../../shared/documents/document.ts'
import { type Context, table } from './context.ts'
import { documentUrl, listDocuments, resolveDocument } from './documents.ts'

/** What became of a document, in a sentence or two. */
function described(document: DocumentView): string[] {
  const { accounting, failure, progress } = document
  const rows: [string, string][] = [
    ['path', document.path],
    ['id', document.id],
    ['status', document.status],
    ['version', String(document.version)],
    ['updated', document.updated_at],
  ]
  if (progress)
    rows.push(['progress', `${progress.stage} ${progress.done}${progress.total ? ` of ${progress.total}` : ''}`])
  if (failure) {
    rows.push(['failure', `${failure.message} (${failure.code}${failure.place ? `, ${failure.place}` : ''})`])
  }
  if (document.receipt) {
    const { complete, invisible_at: invisible, objects_purged_at: objects, chunks_purged_at: chunks } = document.receipt
    rows.push([
      'deleted',
      `invisible ${invisible}, bytes purged ${objects ?? 'not yet'}, index purged ${chunks ?? 'not yet'}`,
    ])
    rows.push(['receipt', complete ? 'complete' : 'not complete yet'])
  }
  if (accounting) {
    const { read, indexed, rejected, unit, chunks } = accounting
    rows.push(['accounting', `${read} ${unit} read = ${indexed} indexed + ${rejected} rejected; ${chunks} chunks`])
    for (const rejection of accounting.rejections?.slice(0, 10) ?? [])
      rows.push(['', `${rejection.place}: ${rejection.reason}`])
  }
  return table(rows)
}

async function overview(context: Context): Promise<number> {
  const ready = await context.client.json<Record<string, unknown>>('GET', '/ready', { accept: [503] })
  const counts: Record<string, number> = {}
  for (const status of documentStatuses) {
    for await (const page of listDocuments(context.client, { status, limit: 200 })) {
      counts[status] = (counts[status] ?? 0) + page.items.length
    }
  }
  const data = { url: context.client.url, ready: ready.status === 200, documents: counts, details: ready.body }
  context.result(data, () => [
    `${context.client.url} is ${data.ready ? 'ready' : 'not ready'}.`,
    ...table(Object.entries(counts).flatMap(([status, count]) => (count > 0 ? [[status, String(count)]] : []))),
  ])
  return data.ready ? 0 : 1
}

export function addStatus(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('status')
    .description('how the server is, or how one document is')
    .argument('[id-or-path]')
    .addHelpText('after', '\nExamples:\n  $ kass status\n  $ kass status hr/handbook.md')
    .action((idOrPath: string | undefined) =>
      run(async (context) => {
        if (idOrPath === undefined) return overview(context)
        const id = await resolveDocument(context.client, idOrPath, { gone: true })
        const { body } = await context.client.json<DocumentView>('GET', documentUrl(id))
        context.result(body, () => described(body))
        return body.status === 'failed' ? 1 : 0
      }),
    )
}
