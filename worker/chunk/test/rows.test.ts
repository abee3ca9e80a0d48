import fc from 'fast-check'
import { test } from 'tap'
import { countTokens } from '../../../shared/text/tokens.ts'
import { createRowPacker, type Row, type Table } from '../rows.ts'

const tableOf = (header: readonly string[] | undefined): Table => ({
  section: ['S'],
  header,
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

test('every cell is shown once, under its row number, in chunks of the right size with one line for each row', () => {
  const cell = fc.integer({ min: 0, max: 40 })
  const tables = fc.record({
    width: fc.integer({ min: 1, max: 40 }),
    rows: fc.array(fc.array(cell, { maxLength: 45 }), { minLength: 1, maxLength: 15 }),
    named: fc.boolean(),
    tokens: fc.integer({ min: 60, max: 200 }),
  })
  fc.assert(
    fc.property(tables, ({ width, rows, named, tokens }) => {
      const table = tableOf(named ? Array.from({ length: width }, (_, at) => `n${at}`) : undefined)
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
      for (const draft of pack(all, tokens)) {
        if (countTokens(draft.text) > tokens) throw new Error(`too large: ${countTokens(draft.text)}`)
        const lines = draft.text.split('\n').slice(draft.headerless ? 0 : 1)
        if (lines.length !== draft.rowNumbers?.length) throw new Error('a line without its number')
        for (const [at, line] of lines.entries()) {
          const words = line.match(/r\d+c\d+w\d+/g) ?? []
          if (words.some((word) => !word.startsWith(`r${draft.rowNumbers?.[at]}c`))) throw new Error('a wrong number')
          shown.push(...words)
        }
      }
      const expected = all.flatMap((row) => row.cells.flatMap((text) => (text === '' ? [] : text.split(' '))))
      if ([...shown].sort().join() !== [...expected].sort().join()) throw new Error('not the same words')
    }),
    { numRuns: 300 },
  )
  return Promise.resolve()
})
