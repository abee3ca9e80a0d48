import { unzipSync } from 'fflate'
import { test } from 'tap'
import { type CellSpec, makeXlsx } from '../../../test/fixtures/xlsx.ts'
import { readMerges } from '../xlsx-merges.ts'
import { defaults, limits, type Read, readAll } from './helper.ts'

/** A workbook of one sheet with these rows and merged cells. */
const sheet = (rows: CellSpec[][], merged: readonly string[] = []) =>
  makeXlsx({
    sheets: [
      {
        name: 'S',
        rows,
        after: `<mergeCells>${merged.map((ref) => `<mergeCell ref="${ref}"/>`).join('')}</mergeCells>`,
      },
    ],
  })
const shown = ({ chunks }: Read) => chunks.map(({ text, locator }) => [text, locator])
const accounted = ({ read, indexed, rejected }: Read) => read === indexed + rejected

test('a value merged over several rows is the value of each of them', async (t) => {
  const read = await readAll(
    sheet(
      [
        ['Plant', 'Line', 'Output'],
        ['Rostock', 'Line 1', 100],
        [null, 'Line 2', 200],
        [null, 'Line 3', 300],
        ['Gdynia', 'Line 1', 410],
        [null, 'Line 2', 520],
        [null, 'Line 9', 7],
      ],
      ['A2:A4', 'A5:A6'],
    ),
  )
  t.same(shown(read), [
    [
      'Plant | Line | Output\nRostock | Line 1 | 100\nRostock | Line 2 | 200\nRostock | Line 3 | 300\nGdynia | Line 1 | 410\nGdynia | Line 2 | 520\n | Line 9 | 7',
      'S!A2:C7',
    ],
  ])
  t.match(read, { read: 6, indexed: 6, rejected: 0 })
})

test('a value merged over columns stands in each of them, a text over the whole table once', async (t) => {
  const read = await readAll(
    sheet(
      [
        ['Machine', 'Monday', 'Tuesday', 'Wednesday'],
        ['Press', 1, 2, 3],
        ['Lathe', 'repair', null, 4],
        ['Hall 2'],
        ['Mill', null, null, 5],
      ],
      ['B3:C3', 'A4:D4', 'B5:C5'],
    ),
  )
  t.same(shown(read), [
    [
      'Machine | Monday | Tuesday | Wednesday\nPress | 1 | 2 | 3\nLathe | repair | repair | 4\nHall 2\nMill |  |  | 5',
      'S!A2:D5',
    ],
  ])
})

test('merged cells make no rows, and those over empty cells nothing', async (t) => {
  const read = await readAll(
    sheet([['Name', 'Size'], ['a', 1], [], ['b', 2]], ['A2:A3', 'B1:B1', 'A9:B99', 'D1:E9999']),
  )
  t.same(shown(read), [['Name | Size\na | 1\nb | 2', 'S!A2:B4']])
  t.match(read, { read: 2, indexed: 2 })
})

test('merged ranges are found wherever the text of a sheet is cut, and are bounded', async (t) => {
  async function* pieces(text: string, size: number) {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
  }
  const xml =
    '<x:worksheet><x:mergeCells count="2"><x:mergeCell ref="A4:C5"/><mergeCell\n other="1" ref=\'B1:B3\' /></x:mergeCells>'
  const expected = [
    { from: 1, to: 1, top: 1, bottom: 3 },
    { from: 0, to: 2, top: 4, bottom: 5 },
  ]
  for (let size = 1; size < xml.length; size++) {
    t.same(await readMerges(pieces(xml, size)), { merges: expected, complete: true }, `pieces of ${size}`)
  }
  const many = await readMerges(pieces('<mergeCell ref="A1:A2"/>'.repeat(100_010), 64_000))
  t.same([many.merges.length, many.complete], [100_000, false])
})

test('looking for merged cells first counts no byte of a sheet twice', async (t) => {
  const rows = Array.from({ length: 30_000 }, (_, at): CellSpec[] => [`name ${at}`, at, at * 2, at * 3])
  const body = sheet([['Name', 'One', 'Two', 'Three'], ...rows], ['A2:A3'])
  const sizes = Object.values(unzipSync(body)).map((member) => member.length)
  t.ok(Math.max(...sizes) > 2 * 1024 * 1024, 'its sheet is inflated again')
  const maxInflatedBytes = sizes.reduce((sum, size) => sum + size)
  const read = await readAll(body, 'a.xlsx', { ...defaults, limits: { ...limits, maxInflatedBytes } })
  t.equal(read.read, 30_000)
})

const budget: CellSpec[][] = [
  ['Department', 'Planned', null, 'Actual', null, 'Approved'],
  [null, 'Q1', 'Q2', 'Q1', 'Q2', null],
  ['Logistics', 1, 2, 3, 4, 'yes'],
  ['Quality', 5, 6, 7, 8, 'no'],
]
const joined =
  'Department | Planned Q1 | Planned Q2 | Actual Q1 | Actual Q2 | Approved\nLogistics | 1 | 2 | 3 | 4 | yes\nQuality | 5 | 6 | 7 | 8 | no'

test('a header of two lines names each column by both, merged or not', async (t) => {
  t.same(shown(await readAll(sheet(budget, ['A1:A2', 'B1:C1', 'D1:E1', 'F1:F2']))), [[joined, 'S!A3:F4']])
  t.same(shown(await readAll(sheet(budget, ['B1:C1', 'D1:E1']))), [[joined, 'S!A3:F4']])
  const read = await readAll(sheet(budget))
  t.same(shown(read), [[joined, 'S!A3:F4']])
  t.match(read, { read: 2, indexed: 2, rejected: 0 })
  const below: CellSpec[][] = [
    [null, ...(budget[0] ?? []).slice(1)],
    ['Department', ...(budget[1] ?? []).slice(1)],
    ...budget.slice(2),
  ]
  t.same(shown(await readAll(sheet([['Budget'], ...below], ['A1:F1', 'B2:C2', 'D2:E2']))), [
    ['Budget', 'S!A1'],
    [joined.replace(' | Approved', ' | Approved'), 'S!A4:F5'],
  ])
})

test('a first row of texts, or a title over the header, is no second line of the header', async (t) => {
  const people: CellSpec[][] = [
    ['Name', null, 'City'],
    ['Anna', 'Novak', 'Oslo'],
    ['Ben', 'Moreau', 'Lyon'],
  ]
  for (const merged of [[], ['A1:B1']]) {
    const { chunks } = await readAll(sheet(people, merged))
    t.same(
      [chunks[0]?.text.split('\n').slice(1), chunks[0]?.rowNumbers],
      [
        ['Anna | Novak | Oslo', 'Ben | Moreau | Lyon'],
        [2, 3],
      ],
    )
  }
  const prices: CellSpec[][] = [['Prices 2025'], ['Article', 'Price', 'Stock'], ['Pump', 12.5, 4], ['Valve', 3, 9]]
  t.same(shown(await readAll(sheet(prices, ['A1:C1']))), [
    ['Prices 2025', 'S!A1'],
    ['Article | Price | Stock\nPump | 12.5 | 4\nValve | 3 | 9', 'S!A3:C4'],
  ])
})

test('a title over nothing but numbers is still no first line of the header', async (t) => {
  const rows: CellSpec[][] = [['Readings'], ['One', 'Two', 'Three'], [1, 2, 3], [4, 5, 6]]
  t.same(shown(await readAll(sheet(rows, ['A1:C1']))), [
    ['Readings', 'S!A1'],
    ['One | Two | Three\n1 | 2 | 3\n4 | 5 | 6', 'S!A3:C4'],
  ])
})

test('a form gives each value with its label and with whose form it is, found where the value stands', async (t) => {
  const form: CellSpec[][] = [
    [],
    [null, 'Customer', 'Zephyr Industries', null, 'Order no.', 'PO-88123'],
    [null, 'Contact', 'L. Aydin', null, 'Payment terms', '45 days net'],
    [null, null, null, null, 'Signature'],
  ]
  const read = await readAll(sheet(form))
  t.same(
    read.chunks.map(({ text, locator, section, headerless, rowNumbers }) => ({
      text,
      locator,
      section,
      headerless,
      rowNumbers,
    })),
    [
      {
        text: 'Customer: Zephyr Industries\nCustomer: Zephyr Industries | Contact: L. Aydin',
        locator: 'S!C2:C3',
        section: ['S'],
        headerless: true,
        rowNumbers: [2, 3],
      },
      {
        text: 'Customer: Zephyr Industries | Order no.: PO-88123\nCustomer: Zephyr Industries | Payment terms: 45 days net',
        locator: 'S!F2:F3',
        section: ['S'],
        headerless: true,
        rowNumbers: [2, 3],
      },
      {
        text: 'Customer: Zephyr Industries | Signature',
        locator: 'S!E4',
        section: ['S'],
        headerless: true,
        rowNumbers: [4],
      },
    ],
  )
  t.match(read, { read: 3, indexed: 3, rejected: 0 })
})

test('labels with colons make a form of two columns, other texts stay a table', async (t) => {
  const rows: CellSpec[][] = [['Customer:', 'Zephyr'], ['Contact:', 'L. Aydin'], [], ['Total:', 4500]]
  const read = await readAll(sheet(rows))
  t.same(shown(read), [
    ['Customer: Zephyr\nCustomer: Zephyr | Contact: L. Aydin', 'S!B1:B2'],
    ['Total: 4500', 'S!B4'],
  ])
  t.ok(accounted(read))
  const table = await readAll(
    sheet([
      ['Code', 'Owner'],
      ['AX1', 'Petra'],
      ['AX2', 'Oskar'],
    ]),
  )
  t.same(shown(table), [['Code | Owner\nAX1 | Petra\nAX2 | Oskar', 'S!A2:B3']])
})

test('two tables side by side are not taken for a form', async (t) => {
  const read = await readAll(
    sheet([
      ['Country', 'Capital', null, 'Employee', 'Phone'],
      ['Norway', 'Oslo', null, 'D. Wolff', 4711],
      ['Chile', 'Santiago', null, 'T. Halasz', 4712],
    ]),
  )
  t.match(shown(read)[0]?.[0], /^Country \| Capital \|/)
})
