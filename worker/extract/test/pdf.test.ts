import fc from 'fast-check'
import { test } from 'tap'
import { brokenXrefPdf, encryptedPdf, handbookPdf, pdfOfPages, truncatedPdf } from '../../../test/fixtures/pdf.ts'
import { toParagraphs } from '../pdf-layout.ts'
import { readAll, texts } from './helper.ts'

test('no chunk spans two pages, and each names its page and chapter', async (t) => {
  const { chunks, read } = await readAll((await handbookPdf(4)).body)
  t.equal(read, 4)
  t.same(
    [...new Set(chunks.map((chunk) => `${chunk.locator}: ${chunk.section.join()}`))],
    ['page 1: 1. Working hours', 'page 2: 2. Annual leave', 'page 3: 3. Parental leave', 'page 4: 4. Travel booking'],
  )
})

test('an encrypted PDF is refused as encrypted', async (t) => {
  await t.rejects(readAll(await encryptedPdf()), { code: 'encrypted' })
})

test('a PDF that is cut short is refused, wherever it is cut', async (t) => {
  await t.rejects(readAll(await truncatedPdf()), { code: 'damaged' })
  const { body } = await handbookPdf(2)
  for (const part of [0.1, 0.5, 0.9, 0.97]) {
    await t.rejects(readAll(body.subarray(0, Math.floor(body.length * part))), { code: 'damaged' }, `at ${part}`)
  }
})

test('a PDF with a broken table of references is repaired and read', async (t) => {
  t.same(texts(await readAll(await brokenXrefPdf())), ['The table of this file is wrong, its text is not.'])
})

test('a page without text is rejected with its place, the others are read', async (t) => {
  const read = await readAll(await pdfOfPages([['first'], [], ['third']]))
  t.match(read, { unit: 'pages', read: 3, indexed: 2, rejected: 1 })
  t.same(read.rejections, [{ place: 'page 2', reason: 'no text on this page' }])
  t.same(
    read.chunks.map(({ text, locator }) => [text, locator]),
    [
      ['first', 'page 1'],
      ['third', 'page 3'],
    ],
  )
})

test('a damaged page is rejected, and so is every page behind it that can no longer be found', async (t) => {
  const text = (await pdfOfPages([['first'], ['second'], ['third'], ['fourth']])).toString('latin1')
  const second = /\n\d+ 0 obj\n<<\n\/Type \/Page\n/g
  let at = 0
  const damaged = text.replace(second, (found) => (++at === 2 ? found.replace('obj', 'xxx') : found))
  const read = await readAll(Buffer.from(damaged, 'latin1'))
  t.match(read, { read: 4, indexed: 1, rejected: 3 })
  t.same(
    read.rejections.map(({ place }) => place),
    ['page 2', 'page 3', 'page 4'],
  )
})

test('a scan, pages without any text, is no document that could be answered from', async (t) => {
  await t.rejects(readAll(await pdfOfPages([[], []])), { code: 'no_text', message: /None of its 2 pages/ })
})

test('what only begins like a PDF is damaged', async (t) => {
  await t.rejects(readAll('%PDF-1.7\nnothing of the kind\nstartxref\n0\n%%EOF'), { code: 'damaged' })
})

const run = (str: string, x: number, y: number, size = 10) => ({
  str,
  width: str.length * size * 0.5,
  transform: [size, 0, 0, size, x, y],
})

test('lines are joined to paragraphs, hyphens at their ends removed', (t) => {
  const paragraphs = toParagraphs([
    run('Title of it', 0, 100, 20),
    run('The first line of this para-', 0, 70),
    run('graph goes on in the second', 0, 58),
    run('and ends.', 0, 46),
    run('Another one begins down here', 0, 20),
    run('Kaj 4', 0, -10),
    run('Aarhus', 0, -22),
  ])
  t.same(paragraphs, [
    { text: 'Title of it', size: 20 },
    { text: 'The first line of this paragraph goes on in the second and ends.', size: 10 },
    { text: 'Another one begins down here', size: 10 },
    { text: 'Kaj 4\nAarhus', size: 10 },
  ])
  t.end()
})

test('words of one line are parted by their distance', (t) => {
  t.same(toParagraphs([run('two', 0, 0), run('words', 20, 0), run('one', 100, 0), run('word', 115, 0)]), [
    { text: 'two words  oneword', size: 10 },
  ])
  t.end()
})

const left =
  'The northern pumping station was built in 1934|and it moves 870 litres of water per second.|Its superintendent lives in the tower above|the gate. Maintenance happens every second|Tuesday of the month in the early hours.'.split(
    '|',
  )
const right =
  'The southern pumping station was closed in|1988 because of subsidence. The building now|houses a museum of ceramics. Admission costs|6 euros for adults and nothing for children|who are under twelve years of age.'.split(
    '|',
  )
/** Lines of parts, drawn from the left border of the page to the right one, with the blank runs that pdf.js puts between. */
const woven = (rows: readonly (readonly string[])[], at: readonly number[], step = 14) =>
  rows.flatMap((cells, row) =>
    cells.flatMap((cell, place) => (cell === '' ? [] : [run(cell, at[place] ?? 0, 700 - row * step), run(' ', 0, 0)])),
  )
const words = (text: string) => text.replace(/\s+/g, ' ').trim()
const read = (runs: Parameters<typeof toParagraphs>[0]) =>
  words(
    toParagraphs(runs)
      .map(({ text }) => text)
      .join(' '),
  )
const both = `${left.join(' ')} ${right.join(' ')}`

test('two columns that were drawn line by line are read one after the other', (t) => {
  const rows = left.map((line, at) => [line, right[at] ?? ''])
  t.equal(read(woven(rows, [50, 310])), both)
  t.equal(read(woven([...rows, ['', 'A line on the right alone.']], [50, 310])), `${both} A line on the right alone.`)
  t.end()
})

test('what stands over or under two columns stays there', (t) => {
  const rows = left.map((line, at) => [line, right[at] ?? ''])
  const over = run('Water works of Karlshamn and what became of both of its pumping stations', 50, 740, 16)
  const under = run('Both stations can be visited on request, except on public holidays and Mondays.', 50, 600, 10)
  t.equal(read([over, ...woven(rows, [50, 310]), under]), `${over.str} ${both} ${under.str}`)
  t.end()
})

test('three columns are read one after the other', (t) => {
  const columns = ['a', 'b', 'c'].map((name) =>
    Array.from({ length: 7 }, (_, at) => `${at === 0 ? 'The' : 'then'} column ${name} has ${name}${at}`),
  )
  const rows = Array.from({ length: 7 }, (_, at) => columns.map((column) => column[at] ?? ''))
  t.equal(read(woven(rows, [50, 220, 390])), columns.flat().join(' '))
  t.end()
})

test('the rows of a table stay together, narrow or wide, and the words of one column of text', (t) => {
  const prices = Array.from({ length: 12 }, (_, at) => [`Loaf ${at}`, `${300 + at}`, `${2 + at}.50`, 'gluten'])
  t.equal(read(woven(prices, [50, 200, 300, 420], 20)), prices.flat().join(' '))
  const wide = Array.from({ length: 8 }, (_, at) => [
    `Maintenance of the pumping station number ${at}`,
    `Superintendent of the district number ${at}`,
  ])
  t.equal(read(woven(wide, [50, 310])), wide.flat().join(' '))
  const justified = left.map((line) => line.split(' '))
  const spread = justified.flatMap((line, row) => line.map((word, at) => run(word, 50 + at * 75 + row, 700 - row * 14)))
  t.equal(read(spread), left.join(' '))
  t.end()
})

test('a table whose cells go over several lines is read cell by cell, row by row', (t) => {
  const rows = Array.from({ length: 4 }, (_, row) =>
    ['The first line of requirement', 'which goes on for a while and', 'ends here in a third line'].map((line, at) => [
      `${line} ${row}`,
      at === 2 ? '' : `${at === 0 ? 'The answer to it begins here' : 'and it ends in the second line'} ${row}`,
    ]),
  )
  const runs = rows.flatMap((lines, row) =>
    lines.flatMap((cells, at) =>
      cells.flatMap((cell, place) => (cell === '' ? [] : [run(cell, 50 + place * 260, 700 - row * 50 - at * 12)])),
    ),
  )
  const cells = rows.flatMap((lines) => [
    lines.map(([cell]) => cell).join(' '),
    lines.map(([, cell]) => cell).join(' '),
  ])
  t.equal(read(runs), words(cells.join(' ')))
  t.end()
})

test('no layout of runs loses a word, or gives one twice', () => {
  const line = fc.subarray([0, 0, 300, 300, 450, 520] as const, { minLength: 1 })
  const runs = fc.array(fc.tuple(line, fc.integer({ min: 5, max: 30 })), { maxLength: 30 })
  fc.assert(
    fc.property(runs, (all) => {
      const drawn = all.flatMap(([places, length], row) =>
        [...places].map((x, at) => run(`${'w'.repeat(length)}${row}x${at}`, x, 700 - row * 14)),
      )
      const found = read(drawn).match(/w+[\dx]+/g) ?? []
      // Runs that lie on one another are one word; their letters are all there.
      if ([...found.join('')].sort().join('') !== [...drawn.map(({ str }) => str).join('')].sort().join(''))
        throw new Error('not the same words')
    }),
    { numRuns: 500 },
  )
  return Promise.resolve()
})
