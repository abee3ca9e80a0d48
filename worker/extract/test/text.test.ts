import { test } from 'tap'
import { readAll, texts } from './helper.ts'

test('plain text is divided at blank lines and keeps its line numbers', async (t) => {
  const text = `\n${'one '.repeat(200)}\n\n\n${'two '.repeat(200)}\n`
  const read = await readAll(text, 'a.txt', { chunking: { tokens: 256, overlap: 0 } })
  t.same(
    read.chunks.map((chunk) => chunk.locator),
    ['line 2', 'line 5'],
  )
  t.match(read, { unit: 'paragraphs', read: 2, indexed: 2, rejected: 0 })
})

test('lines broken because they were full are joined, short ones stay lines', async (t) => {
  const full = 'This line goes on until the right margin of the page, and then the\nsentence goes on below.'
  const address = 'Nordhafen Components\nKaj 4\nAarhus'
  t.same(texts(await readAll(`${full}\n\n${address}`, 'a.txt')), [`${full.replace('\n', ' ')}\n\n${address}`])
})

test('a long paragraph opens at the lines of each of its parts', async (t) => {
  const lines = Array.from({ length: 60 }, (_, at) => `Sentence number ${at + 1} of a very long paragraph stands here.`)
  const { chunks } = await readAll(lines.join('\n'), 'a.txt')
  t.ok(chunks.length > 2)
  for (const chunk of chunks) {
    const numbers = [...chunk.text.matchAll(/number (\d+)/g)].map((match) => Number(match[1]))
    t.equal(chunk.locator, `lines ${Math.min(...numbers)}-${Math.max(...numbers)}`)
  }
})

test('UTF-16, Latin-1 and all line ends are read', async (t) => {
  t.same(texts(await readAll(Buffer.from('\ufeffGrüße', 'utf16le'))), ['Grüße'])
  t.same(texts(await readAll(Buffer.from('Grüße', 'latin1'))), ['Grüße'])
  const late = Buffer.concat([Buffer.from('a '.repeat(5000)), Buffer.from('Köln', 'latin1')])
  t.match(texts(await readAll(late)).at(-1), /Köln$/)
  const { chunks } = await readAll('a\r\n\r\nb\r\rc', 'a.txt')
  t.same(
    chunks.map(({ text, locator }) => [text, locator]),
    [['a\n\nb\n\nc', 'lines 1-5']],
  )
})

test('characters that lie across two pieces of a file stay whole', async (t) => {
  const text = `x${'ä€😀 '.repeat(60_000)}`
  t.equal(
    texts(await readAll(text, 'a.txt', { chunking: { tokens: 256, overlap: 0 } }))
      .join(' ')
      .replace(/\s+/g, ' '),
    text.trim(),
  )
})

test('a file without text is no document', async (t) => {
  for (const body of ['', '   \n\n \t ', '\ufeff']) await t.rejects(readAll(body, 'a.txt'), { code: 'no_text' })
})

test('more units or text than allowed are refused', async (t) => {
  const limits = { maxInflatedBytes: 1e9, maxInflationRatio: 200, maxUnits: 100, maxTextBytes: 1000 }
  await t.rejects(readAll('a\n\n'.repeat(101), 'a.txt', { limits }), {
    code: 'document_too_large',
    message: /100 paragraphs/,
  })
  await t.rejects(readAll('word '.repeat(300), 'a.txt', { limits }), {
    code: 'document_too_large',
    message: /1000 bytes/,
  })
})

test('one line of many megabytes does no harm', async (t) => {
  const read = await readAll('word '.repeat(1_000_000), 'a.txt')
  t.equal(read.read, read.indexed)
  t.ok(read.chunks.length > 4000)
})
