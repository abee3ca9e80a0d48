import { test } from 'tap'
import { encryptedXlsx, otherZip } from '../../../test/fixtures/bad.ts'
import {
  bombXlsx,
  type CellSpec,
  makeXlsx,
  understated,
  type WorkbookSpec,
  workbookOfThreeSheets,
} from '../../../test/fixtures/xlsx.ts'
import { extractEvents } from '../extract.ts'
import { bufferSource } from '../source.ts'
import { defaults, limits, readAll, texts } from './helper.ts'

/** The lines of a workbook with one sheet, without its header. */
async function rowsOf(rows: CellSpec[][], more: Partial<WorkbookSpec> = {}): Promise<string[]> {
  const header = rows[0]?.map((_, at) => `col${at}`) ?? []
  const read = await readAll(makeXlsx({ sheets: [{ name: 'S', rows: [header, ...rows] }], ...more }))
  return texts(read).flatMap((text) => text.split('\n').slice(1))
}

test('every sheet is read, hidden ones are marked, rows keep their numbers', async (t) => {
  const { chunks } = await readAll(workbookOfThreeSheets().body)
  t.same([...new Set(chunks.map((chunk) => chunk.section[0]))], ['Suppliers', 'Price list', 'Stock (hidden)'])
  const suppliers = chunks.filter((chunk) => chunk.section[0] === 'Suppliers')
  t.same(
    suppliers.flatMap((chunk) => chunk.rowNumbers ?? []),
    Array.from({ length: 119 }, (_, at) => at + 2),
  )
  t.ok(suppliers.every((chunk) => chunk.text.startsWith('Supplier | City | Article |')))
  t.match(
    chunks.find((chunk) => chunk.section[0] === 'Price list'),
    { text: 'Price list of Nordhafen Components', locator: "'Price list'!A1" },
  )
})

test('text may be shared, in the cell, rich, or the result of a formula', async (t) => {
  const rich = '<is><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh><t>phonetic</t></rPh></is>'
  const cells: CellSpec[] = [
    'shared & <safe>',
    { type: 'inlineStr', xml: rich },
    { type: 'str', formula: 'A1', value: 'result' },
    true,
  ]
  t.same(await rowsOf([cells]), ['shared & <safe> | rich text | result | TRUE'])
  t.same(await rowsOf([['in the cell']], { inline: true }), ['in the cell'])
  const shared = '<sst><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si></sst>'
  t.same(
    await rowsOf(
      [
        [
          { type: 's', value: 0 },
          { type: 's', value: 0 },
        ],
      ],
      { parts: { 'xl/sharedStrings.xml': shared } },
    ),
    ['two runs | two runs'],
  )
})

test('characters that XML has no place for are written in it as numbers, and those that control a terminal are left out', async (t) => {
  const cells = ['one_x000D_\ntwo', 'a_x001B_[31m', '_x005F_x000D_', '_x00e4_rger', 'max_x_1', '_xD83D__xDE00_']
  const expected = ['one two | a[31m | _x000D_ | ärger | max_x_1 | 😀']
  t.same(await rowsOf([cells]), expected)
  t.same(await rowsOf([cells], { inline: true }), expected)
  t.same(await rowsOf([cells.map((value): CellSpec => ({ type: 'str', formula: 'A1', value }))]), expected)
})

test('formulas show their stored result, or themselves where none is stored; errors stay errors', async (t) => {
  const cells: CellSpec[] = [
    { formula: 'SUM(A1:A3)', value: 42 },
    { formula: 'B1*2' },
    { type: 'e', value: '#DIV/0!' },
    { xml: '<f t="shared" si="0"/>' },
  ]
  t.same(await rowsOf([cells]), ['42 | =B1*2 | #DIV/0! | =…'])
})

test('dates come out in ISO form in both epochs', async (t) => {
  const formats = [14, 'dd.mm.yyyy', 'yyyy-mm-dd hh:mm', 'h:mm', '[h]:mm', '[$-407]d. mmmm yyyy', 22]
  const cells = (serial: number): CellSpec[] => [1, 2, 3, 6, 7].map((style) => ({ value: serial, style }))
  t.same(await rowsOf([cells(45_352)], { formats }), ['2024-03-01 | 2024-03-01 | 2024-03-01 | 2024-03-01 | 2024-03-01'])
  t.same(await rowsOf([cells(43_890)], { formats, date1904: true }), [
    '2024-03-01 | 2024-03-01 | 2024-03-01 | 2024-03-01 | 2024-03-01',
  ])
  t.same(
    await rowsOf(
      [
        [
          { value: 45_352.75, style: 3 },
          { value: 0.5, style: 4 },
          { value: 1.5, style: 5 },
        ],
      ],
      { formats },
    ),
    ['2024-03-01 18:00 | 12:00 | 36:00'],
  )
  t.same(
    await rowsOf(
      [
        [
          { value: 1, style: 1 },
          { value: 59, style: 1 },
          { value: 61, style: 1 },
        ],
      ],
      { formats },
    ),
    ['1900-01-01 | 1900-02-28 | 1900-03-01'],
  )
  t.same(await rowsOf([[{ type: 'd', value: '2024-03-01T00:00:00' }]]), ['2024-03-01'])
})

test('numbers are written as they are shown, without grouped digits', async (t) => {
  const formats = [
    '0.00',
    '#,##0',
    9,
    '0.0%',
    '#,##0.00 "€"',
    '[$$-409]#,##0.00',
    '0 "kg"',
    '#,##0.00_);[Red](#,##0.00)',
    '0,',
    '00000',
    '000.00',
    '00"%"',
  ]
  const cells: CellSpec[] = [
    { value: 2.5, style: 1 },
    { value: 1234567, style: 2 },
    { value: 0.25, style: 3 },
    { value: 0.0755, style: 4 },
    { value: 1999.9, style: 5 },
    { value: 12, style: 6 },
    { value: 7, style: 7 },
    { value: -3.456, style: 8 },
    { value: 12_345, style: 9 },
    { value: 1067, style: 10 },
    { value: -7.5, style: 11 },
    { value: 123_456, style: 10 },
    { value: 5, style: 12 },
    0.1 + 0.2,
    1e21,
  ]
  t.same(await rowsOf([cells], { formats }), [
    '2.50 | 1234567 | 25% | 7.6% | 1999.90 € | $ 12.00 | 7 kg | -3.46 | 12345 | 01067 | -007.50 | 123456 | 05 % | 0.3 | 1e+21',
  ])
})

test('tables may begin anywhere, and merged cells have their value once', async (t) => {
  const rows: CellSpec[][] = [
    ['Name', 'Size'],
    ['a', 1],
    ['b', 2],
  ]
  const { chunks } = await readAll(
    makeXlsx({
      sheets: [{ name: 'S', rows, row: 5, column: 3, after: '<mergeCells><mergeCell ref="C5:E5"/></mergeCells>' }],
    }),
  )
  t.match(chunks, [{ text: 'Name | Size\na | 1\nb | 2', locator: 'S!C6:D7', rowNumbers: [6, 7] }])
})

test('a second table below a gap has its own header, rows that go on after a gap keep theirs', async (t) => {
  const rows: CellSpec[][] = [
    ['Name', 'Size'],
    ['a', 1],
    [],
    ['b', 2],
    [],
    ['City', 'Since', 'Staff'],
    ['Turku', 1990, 12],
  ]
  const { chunks } = await readAll(makeXlsx({ sheets: [{ name: 'S', rows }] }))
  t.match(chunks, [
    { text: 'Name | Size\na | 1\nb | 2', rowNumbers: [2, 4] },
    { text: 'City | Since | Staff\nTurku | 1990 | 12', rowNumbers: [7], locator: 'S!A7:C7' },
  ])
})

test('names of sheets are quoted as Excel quotes them', async (t) => {
  const names = ['Sheet1', 'Übersicht', 'My Sheet', "It's", 'A1', 'R1C1', '2024', 'TRUE', 'a-b', 'ABCD1']
  const read = await readAll(makeXlsx({ sheets: names.map((name) => ({ name, rows: [[`only ${name}`]] })) }))
  t.same(
    read.chunks.map((chunk) => chunk.locator),
    [
      'Sheet1!A1',
      'Übersicht!A1',
      "'My Sheet'!A1",
      "'It''s'!A1",
      "'A1'!A1",
      "'R1C1'!A1",
      "'2024'!A1",
      "'TRUE'!A1",
      "'a-b'!A1",
      'ABCD1!A1',
    ],
  )
})

test('a sheet that the file does not have is rejected, the others are read', async (t) => {
  const rels =
    '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="worksheets/gone.xml"/></Relationships>'
  const read = await readAll(
    makeXlsx({
      sheets: [
        { name: 'Here', rows: [['x']] },
        { name: 'Gone', rows: [['y']] },
      ],
      parts: { 'xl/_rels/workbook.xml.rels': rels },
    }),
  )
  t.match(read, { read: 2, indexed: 1, rejected: 1, rejections: [{ place: 'Gone' }] })
})

test('an archive that inflates to 200 MB is refused before anything of it is read', async (t) => {
  const body = bombXlsx()
  t.ok(body.length < 2 * 1024 * 1024, 'it is small on disk')
  const events: unknown[] = []
  await t.rejects(
    async () => {
      for await (const event of extractEvents(bufferSource(body), 'a.xlsx', defaults)) events.push(event)
    },
    { code: 'archive_bomb', place: 'xl/worksheets/sheet1.xml' },
  )
  t.same(events, [])
  const tight = { ...defaults, limits: { ...limits, maxInflatedBytes: 1024 * 1024, maxInflationRatio: 10_000 } }
  await t.rejects(readAll(bombXlsx(3 * 1024 * 1024), 'x', tight), { code: 'archive_bomb', message: /1048576/ })
})

test('an archive that lies about its size is refused while it inflates, at the first byte too many', async (t) => {
  const lying = understated(bombXlsx(20 * 1024 * 1024), 500_000)
  let text = 0
  await t.rejects(
    async () => {
      for await (const event of extractEvents(bufferSource(lying), 'a.xlsx', defaults)) {
        if (event.type === 'chunks') for (const chunk of event.chunks) text += chunk.text.length
      }
    },
    { code: 'archive_bomb', message: /more than it declares/ },
  )
  t.ok(text < 600_000, 'no more was read than was declared')
})

test('entities that grow are not expanded', async (t) => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>`
  await t.rejects(
    readAll(makeXlsx({ sheets: [{ name: 'S', rows: [['x']] }], parts: { 'xl/sharedStrings.xml': bomb } })),
    { code: 'damaged' },
  )
})

test('shared strings are bounded', async (t) => {
  const tight = { ...defaults, limits: { ...limits, maxTextBytes: 1000 } }
  const rows = Array.from({ length: 100 }, (_, at) => [`some shared text ${at}`])
  await t.rejects(readAll(makeXlsx({ sheets: [{ name: 'S', rows }] }), 'x', tight), { code: 'document_too_large' })
})

test('other archives, encrypted and damaged workbooks each have their code', async (t) => {
  await t.rejects(readAll(otherZip(), 'a.xlsx'), { code: 'unsupported_type' })
  await t.rejects(readAll(encryptedXlsx(), 'a.xlsx'), { code: 'encrypted' })
  const { body } = workbookOfThreeSheets()
  await t.rejects(readAll(body.subarray(0, body.length >> 1), 'a.xlsx'), { code: 'damaged' })
  const scrambled = Buffer.from(body)
  scrambled.fill(0xff, 200, 400)
  await t.rejects(readAll(scrambled, 'a.xlsx'), { code: 'damaged' })
  const open = makeXlsx({
    sheets: [{ name: 'S', rows: [['x']] }],
    parts: { 'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row>' },
  })
  await t.rejects(readAll(open, 'a.xlsx'), { code: 'damaged', place: 'S' })
  await t.rejects(readAll(makeXlsx({ sheets: [{ name: 'S', rows: [] }] })), { code: 'no_text' })
})
