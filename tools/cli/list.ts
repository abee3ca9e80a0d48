import { type Command, Option } from 'commander'
import type { DocumentView } from '../../service/schemas/document.ts'
import { documentStatuses } from '../../shared/documents/document.ts'
import { type Context, size, table } from './context.ts'
import { listDocuments } from './documents.ts'
import { wholeNumber } from './search.ts'

export function addList(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('list')
    .description('list documents by path')
    .addOption(new Option('-s, --status <status>', 'only documents in this state').choices([...documentStatuses]))
    .option('-p, --prefix <path>', 'only documents whose path begins with this')
    .option('-n, --limit <number>', 'documents in one page', wholeNumber, 50)
    .option('-a, --all', 'all pages')
    .addHelpText('after', '\nExample:\n  $ kass list --status failed --all')
    .action((options: { status?: string; prefix?: string; limit: number; all?: boolean }) =>
      run(async (context) => {
        const { status, prefix, limit } = options
        const items: DocumentView[] = []
        let more = false
        for await (const page of listDocuments(context.client, { status, prefix, limit })) {
          items.push(...page.items)
          more = page.cursor !== undefined
          if (!options.all) break
        }
        context.result({ items, more }, () =>
          items.length === 0
            ? ['No documents.']
            : table(items.map((one) => [one.status, size(one.size), `v${one.version}`, one.path])),
        )
        if (more) context.note('There are more: --all lists them.')
      }),
    )
}
