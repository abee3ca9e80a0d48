import fc from 'fast-check'
import { test } from 'tap'
import { countTokens } from '../../../shared/text/tokens.ts'
import { createRowPacker, type Row, type Table } from '../rows.ts'

const tableOf = (header: readonly string[] | undefined, keys?: number): Table => ({
  section: ['S'],
  header,
  keys,
  locate: (rows, columns) => `${rows.from}-${rows.to}/${columns.from}-${columns.to}`,
})

function pack(rows: readonly Row[], tokens: number) {
  const packer = createRowPacker({ tokens })
  return [...rows.flatMap((row) => packer.add(row)), ...packer.end()]
}

test('rows of two tables never share a chunk', (t) => {
  const [a, b] = [tableOf(['A']), tableOf(undefined)]
  const row = (table: Table, number: number, cell: string): Row => ({
    kind: 'row',
    unit: number,
    table,
    number,
    cells: [cell],
  })
  t.match(pack([row(a, 2, 'x'), row(a, 3, 'y'), row(b, 1, 'z')], 100), [
    { text: 'A\nx\ny', rowNumbers: [2, 3], locator: '2-3/0-0' },
    { text: 'z', rowNumbers: [1], headerless: true },
  ])
  t.end()
})

const staff = tableOf(['id', 'name', ...Array.from({ length: 60 }, (_, at) => `column ${at}`)], 2)
const person = (number: number, cells: readonly string[]): Row => ({
  kind: 'row',
  unit: number,
  table: staff,
  number,
  cells,
})

test('every chunk of a wide table says whose values it has, and its locator names those values alone', (t) => {
  const rows = ['Petra', 'Oskar'].map((name, at) =>
    person(at + 2, [`E${at}`, name, ...Array.from({ length: 60 }, (_, column) => `${name} ${column}`)]),
  )
  const drafts = pack(rows, 120)
  t.ok(drafts.length > 3)
  const columns: number[] = []
  for (const { text, locator } of drafts) {
    const [header = [], ...lines] = text.split('\n').map((line) => line.split(' | '))
    t.same(header.slice(0, 2), ['id', 'name'])
    for (const [id, name = '', ...cells] of lines) {
      t.equal(id, name === 'Petra' ? 'E0' : 'E1')
      t.ok(cells.every((cell, at) => cell === `${name} ${header[at + 2]?.replace('column ', '')}`))
    }
    const [from = 0, to = 0] = locator.split('/')[1]?.split('-').map(Number) ?? []
    // Keys stand in the locator only where they are the cells that the chunk is there for.
    t.equal(to - from + 1, header.length - (from === 0 ? 0 : 2))
    columns.push(from)
  }
  t.same(columns.filter((from) => from === 0).length, drafts.filter(({ text }) => text.includes('Petra 0')).length)
  t.end()
})

test('a row that is larger than a chunk has its keys in each of its parts', (t) => {
  const words = (name: string) => Array.from({ length: 300 }, (_, at) => `${name}${at}`).join(' ')
  const table = tableOf(['id', 'name', 'notes', 'history'], 2)
  const drafts = pack([{ kind: 'row', unit: 1, table, number: 2, cells: ['E1', 'Petra', words('n'), words('h')] }], 100)
  t.ok(drafts.length > 6)
  for (const { text } of drafts) {
    const [, line = ''] = text.split('\n')
    t.ok(line.startsWith('E1 | Petra | '))
    t.equal(line.split(' | ').length, /h\d/.test(line) ? 4 : 3, 'values stand in their own column')
  }
  t.end()
})

test('a key that is too long to be repeated leaves its place empty', (t) => {
  const drafts = pack([person(2, ['long '.repeat(30).trim(), 'Petra', ...Array<string>(60).fill('x')])], 120)
  const later = drafts.filter(({ locator }) => !locator.includes('/0-'))
  t.ok(later.length > 2)
  t.ok(later.every(({ text }) => text.split('\n')[1]?.startsWith(' | Petra | x')))
  t.end()
})

test('every cell is shown, only keys more than once, under its row number, in chunks of the right size with one line for each row', () => {
  const cell = fc.integer({ min: 0, max: 40 })
  const tables = fc.record({
    width: fc.integer({ min: 1, max: 40 }),
    rows: fc.array(fc.array(cell, { maxLength: 45 }), { minLength: 1, maxLength: 15 }),
    named: fc.boolean(),
    keys: fc.integer({ min: 0, max: 3 }),
    tokens: fc.integer({ min: 60, max: 200 }),
  })
  fc.assert(
    fc.property(tables, ({ width, rows, named, keys, tokens }) => {
      const header = named ? Array.from({ length: width }, (_, at) => `n${at}`) : undefined
      const table = tableOf(header, keys)
      const all = rows.map(
        (counts, at): Row => ({
          kind: 'row',
          unit: at + 1,
          table,
          number: at + 10,
          cells: counts.map((count, column) =>
            Array.from({ length: count }, (_, word) => `r${at + 10}c${column}w${word}`).join(' '),
          ),
        }),
      )
      const shown: string[] = []
      const seen = new Set<string>()
      for (const draft of pack(all, tokens)) {
        if (countTokens(draft.text) > tokens) throw new Error(`too large: ${countTokens(draft.text)}`)
        const lines = draft.text.split('\n').slice(draft.headerless ? 0 : 1)
        if (lines.length !== draft.rowNumbers?.length) throw new Error('a line without its number')
        for (const [at, line] of lines.entries()) {
          const words = line.match(/r\d+c\d+w\d+/g) ?? []
          if (words.some((word) => !word.startsWith(`r${draft.rowNumbers?.[at]}c`))) throw new Error('a wrong number')
          for (const word of words) {
            if (!seen.has(word) || Number(/c(\d+)/.exec(word)?.[1]) >= keys) shown.push(word)
            seen.add(word)
          }
        }
      }
      const expected = all.flatMap((row) => row.cells.flatMap((text) => (text === '' ? [] : text.split(' '))))
      if ([...shown].sort().join() !== [...expected].sort().join()) throw new Error('not the same words')
    }),
    { numRuns: 300 },
  )
  return Promise.resolve()
})
