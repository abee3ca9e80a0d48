import type { Command } from 'commander'
import { createParser } from 'eventsource-parser'
import type { ChatAnswer } from '../../service/chat/types.ts'
import type { Context } from './context.ts'
import { Failure, textField } from './failure.ts'

interface Turn {
  onText(text: string): void
}

/** One turn over server-sent events; the text is handed on as it comes. */
async function turn(context: Context, request: Record<string, unknown>, { onText }: Turn): Promise<ChatAnswer> {
  const response = await context.client.send('POST', '/chat', {
    body: () => JSON.stringify(request),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    signal: context.signal,
  })
  let answer: ChatAnswer | undefined
  let failure: Failure | undefined
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'delta') onText(textField(JSON.parse(data), 'text') ?? '')
      // The server checks what it sends against the schema of the same release.
      if (event === 'done') answer = JSON.parse(data) as ChatAnswer
      if (event === 'error') {
        const problem: unknown = JSON.parse(data)
        const said = textField(problem, 'detail') ?? textField(problem, 'title') ?? 'The answer broke off.'
        failure = new Failure(textField(problem, 'code') ?? 'internal', said)
      }
    },
  })
  const decoder = new TextDecoder()
  if (response.body) for await (const bytes of response.body) parser.feed(decoder.decode(bytes, { stream: true }))
  if (failure) throw failure
  if (!answer) throw new Failure('broken_stream', 'The connection ended before the answer did.')
  return answer
}

export function addAsk(program: Command, run: (action: (context: Context) => Promise<unknown>) => Promise<void>): void {
  program
    .command('ask')
    .description('answer a question from the documents, with citations')
    .argument('<question>')
    .option('-c, --conversation <id>', 'go on with a conversation')
    .option('-p, --path <prefix>', 'only documents whose path begins with this')
    .option('-t, --tag <tag...>', 'only documents with all of these tags')
    .addHelpText('after', '\nExample:\n  $ kass ask "After how many months is a laptop replaced?"')
    .action((question: string, options: { conversation?: string; path?: string; tag?: string[] }) =>
      run(async (context) => {
        const filters = { path: options.path, tags: options.tag }
        const request = {
          message: question,
          conversation_id: options.conversation,
          filters: options.path || options.tag ? filters : undefined,
          stream: true,
        }
        let written = ''
        const answer = await turn(context, request, {
          onText(text) {
            written += text
            if (!context.json) context.write(text)
          },
        })
        if (!context.json && written !== '') context.print('')
        context.result(answer, () => [
          ...(written === '' ? [answer.answer] : []),
          ...(answer.citations.length > 0 ? [''] : []),
          ...answer.citations.map(({ number, path, locator }) => `[${number}] ${path}, ${locator}`),
          // What the answer itself says need not be said twice.
          ...answer.notices.filter((notice) => !answer.answer.includes(notice)).map((notice) => `\nNote: ${notice}`),
        ])
        context.note(`\n(to go on: kass ask --conversation ${answer.conversation_id} "…")`)
      }),
    )
}
