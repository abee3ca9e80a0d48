import fc from 'fast-check'
import { test } from 'tap'
import { latin1Csv, raggedCsv } from '../../../test/fixtures/csv.ts'
import { readAll, texts } from './helper.ts'

test('ragged rows are read as they are, a row that cannot be is rejected, every row is accounted for', async (t) => {
  const read = await readAll(raggedCsv(), 'a.csv')
  t.same(read.rejections, [{ place: 'row 8', reason: 'a quotation mark in this row is never closed' }])
  t.match(read, { unit: 'rows', read: 7, indexed: 6, rejected: 1 })
  t.same(
    read.chunks.map(({ text, locator, rowNumbers }) => [text, locator, rowNumbers]),
    [
      [
        'id | name | city\n1 | Pump | Aarhus\n2 | Valve\n3 | Filter | Porto | urgent\n4 | two lines | Turku\n5 | 5" pipe | Ghent\n7 | Switch | Gdansk',
        'rows 2-9',
        [2, 3, 4, 6, 7, 9],
      ],
    ],
  )
})

test('Latin-1 that begins late, and semicolons, are recognised', async (t) => {
  const read = await readAll(latin1Csv(), 'a.csv')
  t.match(texts(read).at(-1), /^Nummer \| Bezeichnung \| Ort\n[\s\S]*\n401 \| Überdruckschlüssel \| Köln$/)
  t.equal(read.chunks.at(-1)?.rowNumbers?.at(-1), 402)
})

test('a bar in a cell is marked, so that cells can be told apart', async (t) => {
  t.same(texts(await readAll('a,b\nx | y,1\n', 'a.csv')), ['a | b\nx \\| y | 1'])
})

test('a file without a header has none', async (t) => {
  const { chunks } = await readAll('1,2\n3,4\n', 'a.csv')
  t.match(chunks, [{ text: '1 | 2\n3 | 4', headerless: true, rowNumbers: [1, 2], locator: 'rows 1-2' }])
})

test('lines above the header are kept, and the header is found below them', async (t) => {
  const { chunks } = await readAll('Report of May\n\nname,amount,city\nPump,1,Turku\nValve,2,Ghent\n', 'a.csv')
  t.match(chunks, [
    { text: 'Report of May', locator: 'row 1', headerless: true },
    { text: 'name | amount | city\nPump | 1 | Turku\nValve | 2 | Ghent', rowNumbers: [4, 5] },
  ])
})

test('only a header is read as a row, a file of blanks has no text', async (t) => {
  t.match((await readAll('a,b\n', 'a.csv')).chunks, [{ text: 'a | b', headerless: true }])
  await t.rejects(readAll(',,\n,,\n', 'a.csv'), { code: 'no_text' })
})

test('a cell larger than a chunk goes over several with its row number', async (t) => {
  const words = Array.from({ length: 600 }, (_, at) => `word${at}`).join(' ')
  const { chunks, read, indexed } = await readAll(`id,text,end\n1,${words},last\n2,b,c\n`, 'a.csv')
  t.same([read, indexed], [2, 2])
  t.ok(chunks.length > 3)
  t.ok(
    chunks
      .slice(0, -1)
      .every((chunk) => chunk.rowNumbers?.join() === '2' && chunk.text.startsWith('id | text | end\n')),
  )
  const shown = chunks.flatMap((chunk) => chunk.text.match(/word\d+/g) ?? [])
  t.same(shown, words.split(' '))
})

test('a table too wide for one header is divided by columns, each part with the keys of its rows', async (t) => {
  const columns = Array.from({ length: 120 }, (_, at) => `a rather long column name ${at}`)
  const row = (n: number) => columns.map((_, at) => `v${n}x${at}`).join(',')
  const { chunks } = await readAll(`${columns.join(',')}\n${row(1)}\n${row(2)}\n`, 'a.csv')
  const cells: string[] = []
  for (const [at, chunk] of chunks.entries()) {
    const [header = [], ...lines] = chunk.text.split('\n').map((line) => line.split(' | '))
    for (const line of lines) {
      t.match(line.slice(0, 3).join(), /^v([12])x0,v\1x1,v\1x2$/)
      cells.push(...line.slice(at === 0 ? 0 : 3))
      for (const [place, cell] of line.entries())
        t.equal(header[place]?.match(/\d+/)?.[0], /x(\d+)/.exec(cell)?.[1], 'values stand under their names')
    }
  }
  t.same([...cells].sort(), [...row(1).split(','), ...row(2).split(',')].sort())
  t.ok(chunks.every((chunk) => chunk.text.length <= 1024))
})

test('a quotation mark that swallows the rest costs one row, not the file', async (t) => {
  const rows = Array.from({ length: 20_000 }, (_, at) => `${at + 2},item ${at + 2}`)
  rows[4] = '6,"open'
  const read = await readAll(['id,name', ...rows].join('\n'), 'a.csv')
  t.match(read, { read: 20_000, indexed: 19_999, rejected: 1, rejections: [{ place: 'row 6' }] })
  t.equal(read.chunks.at(-1)?.rowNumbers?.at(-1), 20_001)
})

test('every row of any well-formed CSV is found under its number', async () => {
  const cell = fc.oneof(
    fc.constantFrom('', 'a', 'two words', 'x;y', 'line\nbreak', 'say "hi"', 'ü€'),
    fc.string({ maxLength: 8, unit: 'grapheme-ascii' }),
  )
  const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 40 })
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  await fc.assert(
    fc.asyncProperty(rows, async (all) => {
      const body = [
        'key,second,third,fourth',
        ...all.map((cells, at) => [`k${at}`, ...cells].map(quote).join(',')),
      ].join('\n')
      const { chunks, read, indexed, rejected } = await readAll(body, 'a.csv')
      const numbers = chunks.flatMap((chunk) => chunk.rowNumbers ?? [])
      const keys = chunks.flatMap((chunk) =>
        chunk.text
          .split('\n')
          .slice(1)
          .map((line) => line.split(' | ')[0]),
      )
      const good =
        read === all.length &&
        indexed === read &&
        rejected === 0 &&
        numbers.join() === all.map((_, at) => at + 2).join() &&
        keys.join() === all.map((_, at) => `k${at}`).join()
      if (!good) throw new Error(JSON.stringify({ read, indexed, numbers, keys }))
    }),
    { numRuns: 200 },
  )
})
