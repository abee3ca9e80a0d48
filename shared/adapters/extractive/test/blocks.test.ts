import { test } from 'tap'
import { blocksOf } from '../blocks.ts'

const source = (text: string) => ({
  number: 1,
  title: 'Handbook',
  path: 'handbook.md',
  section: [],
  locator: 'lines 1-9',
  kind: 'text',
  text,
})

test('a table in the middle of prose is read row by row, under its header', async (t) => {
  const blocks = blocksOf(
    source('Severities:\n\nLevel | Response time\nS1 | 15 minutes\nS2 | 2 hours\n\nThat is all there is.'),
  )
  const rows = blocks.filter(({ kind }) => kind === 'row').map(({ text }) => text)
  t.same(rows, ['Level: S1; Response time: 15 minutes', 'Level: S2; Response time: 2 hours'])
  t.ok(blocks.some(({ text }) => text === 'That is all there is.'))
})

test('a command is quoted with the sentence that introduces it', async (t) => {
  const blocks = blocksOf(source('The backup is restored with this command:\n\nrestore --latest\n\nIt takes an hour.'))
  t.same(
    blocks.map(({ text }) => text),
    ['The backup is restored with this command:\nrestore --latest', 'It takes an hour.'],
  )
})
