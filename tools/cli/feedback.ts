import { type Command, Option } from 'commander'
import type { RatedAnswer } from '../../service/schemas/feedback.ts'
import type { Context } from './context.ts'

const columns = [
  'given_at',
  'rating',
  'comment',
  'message_id',
  'question_id',
  'conversation_id',
  'model',
  'route',
  'redacted',
] as const satisfies readonly (keyof RatedAnswer)[]

/**
 * A cell as RFC 4180 has it. What a spreadsheet would take for a formula is made a text: a comment is written by anybody.
 */
export function csvCell(value: string | boolean | undefined): string {
  const text = String(value ?? '')
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

async function exportAll(context: Context, format: 'jsonl' | 'csv'): Promise<void> {
  const { client, signal, print } = context
  if (format === 'csv') print(columns.join(','))
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor !== undefined && { cursor }) })
    const page = await client.json<{ items: RatedAnswer[]; cursor?: string }>('GET', `/feedback?${query}`, { signal })
    for (const item of page.body.items) {
      print(format === 'csv' ? columns.map((column) => csvCell(item[column])).join(',') : JSON.stringify(item))
    }
    cursor = page.body.cursor
  } while (cursor !== undefined)
}

export function addFeedback(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  const feedback = program.command('feedback').description('what people think of the answers')
  feedback
    .command('export')
    .description('write all feedback to standard output, oldest first; needs a key with the scope admin')
    .addOption(
      new Option('-f, --format <format>', 'a JSON object a line, or CSV').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .addHelpText('after', '\nExample:\n  $ kass feedback export --format csv > feedback.csv')
    .action(({ format }: { format: 'jsonl' | 'csv' }) => run((context) => exportAll(context, format)))
}
