import type { Command } from 'commander'
import type { Context } from './context.ts'
import { documentUrl, resolveDocument } from './documents.ts'
import { exitCodes, Failure } from './failure.ts'

interface Removal {
  prefix: string
  deleted: number
  cursor?: string
}

/** One call deletes so many at most; it is made until none is left. */
async function deleteBelow({ client, result, signal }: Context, prefix: string): Promise<void> {
  let deleted = 0
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ prefix, ...(cursor !== undefined && { cursor }) })
    const { body } = await client.json<Removal>('DELETE', `/documents?${query}`, { signal })
    deleted += body.deleted
    cursor = body.cursor
  } while (cursor !== undefined)
  const documents = deleted === 1 ? 'document' : 'documents'
  result({ prefix, deleted }, () => [`Deleted ${deleted} ${documents} below ${prefix}`])
}

/** `delete` and `reindex`: both name a document and are accepted at once. */
export function addChanges(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('delete')
    .description('delete a document, or all below a path: they are invisible when this returns')
    .argument('[id-or-path]')
    .option('-p, --prefix <path>', 'every document whose path begins with this')
    .addHelpText('after', '\nExamples:\n  $ kass delete hr/handbook.md\n  $ kass delete --prefix hr/2019/')
    .action((idOrPath: string | undefined, { prefix }: { prefix?: string }) =>
      run(async (context) => {
        if (prefix !== undefined && prefix !== '' && idOrPath === undefined) return deleteBelow(context, prefix)
        if (idOrPath === undefined || prefix !== undefined) {
          throw new Failure(
            'usage',
            'Name one document, or --prefix with the beginning of a path.',
            {},
            exitCodes.usage,
          )
        }
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
