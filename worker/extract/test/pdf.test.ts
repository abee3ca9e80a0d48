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
