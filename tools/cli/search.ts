import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SearchResponse } from '../../service/schemas/search.ts'
import type { Context } from './context.ts'

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function excerpt(text: string): string {
  const folded = text.replace(/\s+/g, ' ').trim()
  return folded.length > 240 ? `${folded.slice(0, 240)}…` : folded
}

export function addSearch(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('search')
    .description('find passages')
    .argument('<query>')
    .option('-n, --limit <number>', 'results at most', wholeNumber)
    .addOption(new Option('-m, --mode <mode>', 'how to search').choices(['hybrid', 'text', 'vector']))
    .option('-p, --path <prefix>', 'only documents whose path begins with this')
    .option('-t, --tag <tag...>', 'only documents with all of these tags')
    .option('--type <type...>', 'only these content types, for example text/csv')
    .addHelpText('after', '\nExample:\n  $ kass search "notice period" --path hr/ --limit 3')
    .action(
      (query: string, options: { limit?: number; mode?: string; path?: string; tag?: string[]; type?: string[] }) =>
        run(async (context) => {
          const filters = { path: options.path, tags: options.tag, types: options.type }
          const data = {
            query,
            limit: options.limit,
            mode: options.mode,
            filters: Object.values(filters).some((value) => value !== undefined) ? filters : undefined,
          }
          const { body } = await context.client.json<SearchResponse>('POST', '/search', {
            data,
            signal: context.signal,
          })
          context.result(body, () =>
            body.results.length === 0
              ? ['Nothing found.']
              : body.results.flatMap(({ path, locator, score, text }, index) => [
                  `${index + 1}. ${path}, ${locator}  (${score.toFixed(3)})`,
                  `   ${excerpt(text)}`,
                ]),
          )
          if (body.notice) context.note(`Note: ${body.notice}`)
        }),
    )
}
