import fc from 'fast-check'
import { test } from 'tap'
import { splitCells } from '../../../shared/text/cells.ts'
import type { Prose } from '../../chunk/draft.ts'
import { readMarkdown } from '../markdown.ts'
import { parseBlocks } from '../markdown-blocks.ts'
import { bufferSource } from '../source.ts'
import { readAll, texts } from './helper.ts'

async function blocks(text: string, parseAll: boolean): Promise<Prose[]> {
  const found: Prose[] = []
  for await (const items of readMarkdown(bufferSource(Buffer.from(text)), { parseAll }).items) {
    for (const item of items) if (item.kind === 'prose') found.push(item)
  }
  return found
}

test('headings become sections, and a passage names its lines', async (t) => {
  const { chunks } = await readAll('# A\n\nintro\n\n## B\n\ntext of b\n\n# C\n\ntext of c\n', 'a.md')
  t.same(
    chunks.map(({ text, section, locator }) => [text, section, locator]),
    [
      ['A\n\nintro', ['A'], 'lines 1-3'],
      ['B\n\ntext of b', ['A', 'B'], 'lines 5-7'],
      ['C\n\ntext of c', ['C'], 'lines 9-11'],
    ],
  )
})

test('headings without text of their own join what stands under them', async (t) => {
  const { chunks } = await readAll('# A\n## B\n### C\ntext\n## D\n## E\nmore', 'a.md')
  t.same(
    chunks.map(({ text, section }) => [text, section]),
    [
      ['A\n\nB\n\nC\n\ntext', ['A', 'B', 'C']],
      ['D', ['A', 'D']],
      ['E\n\nmore', ['A', 'E']],
    ],
  )
})

test('markup is read as a person sees it', async (t) => {
  const source =
    'Some **bold**, *italic*, `code`, ~~struck~~ and [a link](https://a.example/x) &amp; ![a picture](p.png).'
  t.same(texts(await readAll(source, 'a.md')), [
    'Some bold, italic, code, struck and a link (https://a.example/x) & a picture.',
  ])
  t.same(texts(await readAll('See [the rules][r].\n\n[r]: https://a.example/r', 'a.md')), [
    'See the rules (https://a.example/r).',
  ])
  t.same(texts(await readAll('<div>\n<b>Shown</b>\n</div>\n<!-- not shown -->\n', 'a.md')), ['Shown'])
})

test('lists, tasks, tables and code keep their form', async (t) => {
  const source =
    '- one\n- two\n  - nested\n\n1. first\n2. second\n\n- [x] done\n\n| A | B |\n|---|---|\n| 1 | *2* |\n\n```js\nlet a = 1\n  b()\n```\n'
  t.same(texts(await readAll(source, 'a.md')), [
    '- one\n- two\n  - nested\n\n1. first\n2. second\n\n- [x] done\n\nA | B\n1 | 2\n\nlet a = 1\n  b()',
  ])
})

test('a bar in a cell of a table does not move the columns, nor does a line break', async (t) => {
  const source = '| Shift | Code | Note |\n|---|---|---|\n| day \\| night | `a \\| b` | one<br>two |\n'
  const [text = ''] = texts(await readAll(source, 'a.md'))
  t.equal(text, 'Shift | Code | Note\nday \\| night | a \\| b | one two')
  t.same(splitCells(text.split('\n')[1] ?? ''), ['day | night', 'a | b', 'one two'])
})

test('a table that is longer than a chunk shows its header on each', async (t) => {
  const rows = Array.from({ length: 300 }, (_, at) => `| item ${at} | ${at * 3} euros |`)
  const { chunks } = await readAll(['| Name | Price |', '|---|---|', ...rows].join('\n'), 'a.md')
  t.ok(chunks.length > 2)
  for (const chunk of chunks) t.match(chunk.text, /^Name \| Price\n/)
})

test('characters that control a terminal are left out of HTML within Markdown', async (t) => {
  t.same(texts(await readAll('<p>a&#27;[31mb&#7;&#x9b;c</p>\n', 'a.md')), ['a[31mb›c'])
})

test('front matter is text, and numbers of lines stay right behind it', async (t) => {
  const { chunks } = await readAll('---\ntitle: Rules\nowner: quality\n---\n# A\n\ntext\n', 'a.md')
  t.same(
    chunks.map(({ text, locator }) => [text, locator]),
    [
      ['title: Rules\nowner: quality', 'lines 2-3'],
      ['A\n\ntext', 'lines 5-7'],
    ],
  )
  t.same(texts(await readAll('---\n\nnot front matter', 'a.md')), ['not front matter'])
})

test('what looks like markup in code is no markup', async (t) => {
  const { chunks } = await readAll('```\n# no heading\n\n- no list\n```\n\nafter', 'a.md')
  t.same(
    chunks.map(({ text, section }) => [text, section]),
    [['# no heading\n\n- no list\n\nafter', []]],
  )
})

const line = fc.constantFrom(
  '',
  '',
  '',
  'plain words here',
  'More words, with (brackets) and 50% off',
  '# Heading one',
  '### Deeper heading',
  '#nospace',
  '- item one',
  '- item two',
  '* star',
  '1. first',
  '2. second',
  '7) seventh',
  '  indented',
  '    code by indent',
  '- [x] done',
  '> quoted',
  '```',
  '```js',
  '~~~',
  '| a | b |',
  '|---|---|',
  '| 1 | 2 |',
  '---',
  '===',
  '<div>',
  '</div>',
  '<!-- note',
  'end -->',
  'with **bold** text',
  'a `code` span',
  '[link](https://a.example)',
  'snake_case_name',
  'ends with two spaces  ',
  '2024 was good',
  '2024. was a year',
  '\ttab',
  '- item with `code`',
  '+ plus',
  '&amp; entity',
  'A & B',
  '[^1]: a note',
  'Ünïcode wörds',
  '"quoted" start',
  '# Closed #',
  '- ',
  '#',
)

test('what is read without the parser, and in segments, is what the parser reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 14 }), async (lines) => {
      const text = lines.join('\n')
      const [fast, slow] = [await blocks(text, false), await blocks(text, true)]
      const seen = (all: Prose[]) =>
        JSON.stringify(all.map(({ text, section, from, heading, tight }) => ({ text, section, from, heading, tight })))
      if (seen(fast) !== seen(slow)) throw new Error(`${JSON.stringify(text)}\n${seen(fast)}\n${seen(slow)}`)
    }),
    { numRuns: 1500 },
  )
})

test('a document read in segments is what it is in one piece', async () => {
  // Left out: fences within lists, whose end depends on how far the list goes.
  const lines = fc.array(line, { maxLength: 12 }).filter((all) => !all.some((one) => /^(?:```|~~~)/.test(one)))
  await fc.assert(
    fc.asyncProperty(lines, async (all) => {
      const seen = (found: { text: string; from: number }[]) =>
        JSON.stringify(found.map(({ text, from }) => [text, from]))
      const [apart, whole] = [seen(await blocks(all.join('\n'), true)), seen(parseBlocks({ from: 1, lines: all }, ''))]
      if (apart !== whole && !/^---/.test(all[0] ?? '')) throw new Error(`${JSON.stringify(all)}\n${apart}\n${whole}`)
    }),
    { numRuns: 1500 },
  )
})
