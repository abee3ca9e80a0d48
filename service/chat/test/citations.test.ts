import { test } from 'tap'
import { buildCitations } from '../citations.ts'
import { document, passage } from './support.ts'

const sales = passage(document('sales', ''), {
  kind: 'rows',
  locator: 'Regions!A2:D5',
  rowNumbers: [2, 3, 4, 5],
  text: 'Region | Quarter | Product | Sales\nNorth | Q3 | Pumps | 14300\nNorth | Q4 | Pumps | 15100\nSouth | Q3 | Pumps | 9050\nSouth | Q4 | Pumps | 9900',
})
const leave = passage(document('leave', ''), {
  locator: 'lines 1-9',
  section: ['Leave'],
  text: 'Annual leave\n\nEmployees get 25 days of annual leave. Leave is requested in the portal.\nUnused days lapse on 31 March.',
})
const cite = (answer: string, question: string, numbers: number[]) =>
  buildCitations({ answer, question, numbers, given: [sales, leave] }).map(({ number, locator, quote }) => [
    number,
    locator,
    quote,
  ])

test('a citation of rows is narrowed to the row that was quoted', async (t) => {
  t.same(cite('Region: North; Quarter: Q3; Product: Pumps; Sales: 14300 [1]', 'What did North sell in Q3?', [1]), [
    [1, 'Regions!A2:D2', 'Region: North; Quarter: Q3; Product: Pumps; Sales: 14300'],
  ])
})

test('a citation of rows is narrowed to the rows that an answer in other words speaks of', async (t) => {
  t.same(cite('North sold pumps for 14,300 in Q3 [1].', 'What did North sell in Q3?', [1]), [
    [1, 'Regions!A2:D2', 'Region: North; Quarter: Q3; Product: Pumps; Sales: 14300'],
  ])
  t.same(cite('North sold 14300 in Q3 and 15100 in Q4. [1]', 'What did North sell?', [1])[0]?.[1], 'Regions!A2:D3')
})

test('an answer that speaks of no row more than of others keeps the whole block', async (t) => {
  t.same(cite('Pumps are sold. [1]', 'What is sold?', [1])[0]?.[1], 'Regions!A2:D5')
})

test('the quote is the sentence that supports what stands before the mark', async (t) => {
  t.same(
    cite('You have 25 days per year. [2]', 'How much leave?', [2])[0]?.[2],
    'Employees get 25 days of annual leave.',
  )
  t.same(
    cite('They lapse at the end of March [2].', 'What about unused days?', [2])[0]?.[2],
    'Unused days lapse on 31 March.',
  )
})

test('each mark is cited for its own statement, in the order of the answer', async (t) => {
  const found = cite('Unused days lapse on 31 March. [2] North sold 15100 in Q4. [1]', 'Tell me', [2, 1])
  t.same(found, [
    [2, 'lines 1-9', 'Unused days lapse on 31 March.'],
    [1, 'Regions!A3:D3', 'Region: North; Quarter: Q4; Product: Pumps; Sales: 15100'],
  ])
})

test('a quote is short, and a number beyond the passages gives no citation', async (t) => {
  const long = passage(document('long', ''), { text: `${'word '.repeat(400)}.` })
  const [only] = buildCitations({ answer: 'word [1]', question: 'word', numbers: [1, 5], given: [long] })
  t.ok((only?.quote.length ?? 999) <= 301)
})
