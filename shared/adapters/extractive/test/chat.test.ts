import { test } from 'tap'
import type { Source } from '../../../ports/chat-model.ts'
import { chatModelContract } from '../../../test/contracts/chat-model.ts'
import { notSaid } from '../../../text/not-said.ts'
import { createExtractive } from '../chat.ts'
import { answerable, corpus, offTopic } from './corpus.ts'
import { neighbours, notSaidOf, said } from './near-misses.ts'

const extractive = createExtractive({ language: 'english' })
chatModelContract('extractive', async () => ({ model: extractive }))

async function ask(question: string, sources: readonly Source[] = corpus, model = extractive): Promise<string> {
  let said = ''
  const request = { system: '', messages: [{ role: 'user' as const, content: question }], sources, maxTokens: 500 }
  for await (const event of model.converse(request, new AbortController().signal)) {
    if (event.type === 'text') said += event.text
  }
  return said
}

const passage = (text: string, more: Partial<Source> = {}): Source[] => [
  { number: 7, title: 'Doc', path: 'doc.md', section: [], locator: 'lines 1-9', kind: 'text', text, ...more },
]

for (const [question, holds, number] of answerable) {
  test(`extractive: "${question}" is answered first by the sentence or row that answers it`, async (t) => {
    const first = (await ask(question)).split(/(?<=\[\d+\])/)[0] ?? ''
    t.ok(first.includes(holds), first)
    t.ok(first.endsWith(`[${number}]`), first)
  })
}

for (const question of offTopic) {
  test(`extractive: "${question}" is not in the documents, and it says so`, async (t) => {
    t.equal(await ask(question), notSaid)
  })
}

for (const [question, holds] of said) {
  test(`extractive: "${question}" is answered from among its neighbours`, async (t) => {
    const first = (await ask(question, neighbours)).split(/(?<=\[\d+\])/)[0] ?? ''
    t.ok(first.includes(holds), first)
  })
}

for (const question of notSaidOf) {
  test(`extractive: "${question}" is not answered with what is said of another thing`, async (t) => {
    t.equal(await ask(question, neighbours), notSaid)
  })
}

test('extractive: without sources it says that the documents do not say', async (t) => {
  t.equal(await ask('How many days of annual leave do employees get?', []), notSaid)
})

test('extractive: quotes at most four, and says when more rows fit equally well, without a total that nobody counted', async (t) => {
  const said = await ask('What do we know about pumps?')
  t.equal(said.match(/\[\d+\]/g)?.length, 4)
  t.match(said, /\n\(4 rows are shown; more fit\.\)$/)
})

test('extractive: every quotation stands word for word in its source', async (t) => {
  for (const [question] of answerable) {
    for (const [, quoted = '', number] of (await ask(question)).matchAll(/(?:^- |\n- |^)([\s\S]*?) \[(\d+)\]/g)) {
      const source = corpus[Number(number) - 1]
      if (source?.kind === 'rows') continue
      const fold = (text: string | undefined) => text?.replace(/\s+/g, ' ') ?? ''
      t.ok(fold(source?.text).includes(fold(quoted)), quoted)
    }
  }
})

test('extractive: a bracketed number in a document does not become a citation', async (t) => {
  const said = await ask(
    'What is the torque of the bolt?',
    passage('The torque of the bolt is 40 Nm, see [7] and [12, 13].'),
  )
  t.equal(said, 'The torque of the bolt is 40 Nm, see (7) and (12, 13). [7]')
})

test('extractive: a heading or a question of the document is never the answer, what follows it is', async (t) => {
  const faq = passage('Opening hours\n\nWhen is the canteen open?\n\nFrom 11:30 to 14:00 on working days.')
  t.equal(await ask('When is the canteen open?', faq), 'From 11:30 to 14:00 on working days. [7]')
})

test('extractive: a list is quoted with the line that introduces it', async (t) => {
  const list = passage('Visitors must bring:\n- an identity card\n- safety shoes\n\nParking is free.')
  t.equal(await ask('What must visitors bring?', list), 'Visitors must bring:\n- an identity card\n- safety shoes [7]')
})

test('extractive: rows without a header are quoted as they are, from the first line on', async (t) => {
  const rows = passage('North | 120\nSouth | 80', { kind: 'rows', headerless: true })
  t.equal(await ask('North', rows), 'North; 120 [7]')
})

test('extractive: a bar inside a cell is shown as it was, and empty cells are left out', async (t) => {
  const rows = passage('Code | Note | Owner\nX9 | a \\| b | \nY1 |  | Kim', { kind: 'rows' })
  t.equal(await ask('X9', rows), 'Code: X9; Note: a | b [7]')
  t.equal(await ask('Y1', rows), 'Code: Y1; Owner: Kim [7]')
})

test('extractive: answers in the language of the question, whatever search is set to', async (t) => {
  const german = createExtractive({ language: 'german' })
  const text = 'Jeder Mitarbeiter hat Anspruch auf 30 Urlaubstage im Kalenderjahr. Anträge stellt man im Portal.'
  t.match(await ask('Wie viele Urlaubstage hat ein Mitarbeiter?', passage(text), german), /^Jeder Mitarbeiter.*\[7\]$/)
  t.equal(await ask('Was kostet ein Parkplatz?', passage(text), german), notSaid)
  // An English set-up knows no German word endings, nor which German words say nothing.
  t.match(await ask('Wo stellt man einen Antrag?', passage(text)), /^Anträge stellt man im Portal\. \[7\]$/)
})
