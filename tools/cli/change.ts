import type { Command } from 'commander'
import type { Context } from './context.ts'
import { documentUrl, resolveDocument } from './documents.ts'

/** `delete` and `reindex`: both name a document and are accepted at once. */
export function addChanges(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('delete')
    .description('delete a document: it is invisible when this returns')
    .argument('<id-or-path>')
    .addHelpText('after', '\nExample:\n  $ kass delete hr/handbook.md')
    .action((idOrPath: string) =>
      run(async (context) => {
        const id = await resolveDocument(context.client, idOrPath)
        const { body } = await context.client.json<Record<string, unknown>>('DELETE', documentUrl(id))
        context.result(body, () => [`Deleted ${idOrPath} (${id}). Its receipt: kass status ${idOrPath}`])
      }),
    )
  program
    .command('reindex')
    .description('process a document again')
    .argument('<id-or-path>')
    .addHelpText('after', '\nExample:\n  $ kass reindex hr/handbook.md')
    .action((idOrPath: string) =>
      run(async (context) => {
        const id = await resolveDocument(context.client, idOrPath)
        const { body } = await context.client.json<Record<string, unknown>>('POST', `${documentUrl(id)}/reindex`)
        context.result(body, () => [`${idOrPath} (${id}) is processed again; the old state answers until then.`])
      }),
    )
}
