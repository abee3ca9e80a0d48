import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import type { Metadata } from '../../../documents/document.ts'
import type { AttemptInfo, IndexQuery, SearchFilters } from '../../../ports/search-index.ts'
import { attempt, keys, type OpenIndex, put, query, seenKeys } from './corpus.ts'

const groups = ['staff', 'board', 'ops']
const tags = ['hr', 'finance', '2024']
const types = ['text/csv', 'text/markdown', 'application/pdf']
const folders = ['hr/', 'hr/pay/', 'finance/', 'Finance/']
const metadataValues: Metadata[string][] = [2023, 2024, '2024', true, false, 'final']

const some = <T>(values: readonly T[]) => fc.subarray([...values])
const metadata = fc.dictionary(fc.constantFrom('year', 'state', 'toString'), fc.constantFrom(...metadataValues), {
  maxKeys: 2,
})
const about = fc.record({
  groups: some(groups),
  tags: some(tags),
  contentType: fc.constantFrom(...types),
  folder: fc.constantFrom(...folders),
  metadata,
})
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const oneOrMore = fc.oneof(fc.constantFrom(...metadataValues), some(metadataValues))
const filters: fc.Arbitrary<SearchFilters> = fc.record({
  document_ids: maybe(some(Array.from({ length: 30 }, (_, n) => `doc_a${n}`))),
  path: maybe(fc.constantFrom('hr/', 'hr', 'hr/pay/a1', 'finance/', 'nowhere/')),
  types: maybe(some(types)),
  tags: maybe(some(tags)),
  metadata: maybe(fc.dictionary(fc.constantFrom('year', 'state', 'toString', 'none'), oneOrMore, { maxKeys: 2 })),
})

/** The filters in the plainest words. */
function admits(info: AttemptInfo, asked: Pick<IndexQuery, 'groups' | 'filters'>): boolean {
  const wanted = asked.filters ?? {}
  if (asked.groups && info.groups.length > 0 && !info.groups.some((one) => asked.groups?.includes(one))) return false
  if (wanted.document_ids && !wanted.document_ids.includes(info.documentId)) return false
  if (wanted.path && info.path.slice(0, wanted.path.length) !== wanted.path) return false
  if (wanted.types && !wanted.types.includes(info.contentType)) return false
  if (wanted.tags?.some((tag) => !info.tags.includes(tag))) return false
  return Object.entries(wanted.metadata ?? {}).every(([key, value]) => {
    const found = Object.entries(info.metadata).find(([name]) => name === key)?.[1]
    return found !== undefined && [value].flat().includes(found)
  })
}

/** Rights and filters: what they admit, and that a full page of it comes back. */
export function filterPromises(name: string, open: OpenIndex): void {
  const singly: [string, Pick<IndexQuery, 'groups' | 'filters'>, string[]][] = [
    ['no groups', { groups: [] }, ['plain:0']],
    ['a group', { groups: ['board', 'other'] }, ['plain:0', 'pay:0']],
    ['all groups', { groups: undefined }, ['plain:0', 'pay:0', 'ops:0']],
    ['document ids', { groups: undefined, filters: { document_ids: ['doc_ops', 'doc_x'] } }, ['ops:0']],
    ['no document ids', { groups: undefined, filters: { document_ids: [] } }, []],
    ['a path', { groups: undefined, filters: { path: 'hr/' } }, ['pay:0']],
    ['types', { groups: undefined, filters: { types: ['text/csv', 'text/html'] } }, ['pay:0']],
    ['a tag', { groups: undefined, filters: { tags: ['hr'] } }, ['pay:0', 'ops:0']],
    ['all of two tags', { groups: undefined, filters: { tags: ['hr', 'finance'] } }, ['pay:0']],
    ['a number', { groups: undefined, filters: { metadata: { year: 2024 } } }, ['pay:0']],
    ['a text that looks like a number', { groups: undefined, filters: { metadata: { year: '2024' } } }, ['ops:0']],
    ['one of two values', { groups: undefined, filters: { metadata: { year: [2024, '2024'] } } }, ['pay:0', 'ops:0']],
    ['a truth', { groups: undefined, filters: { metadata: { final: false } } }, ['pay:0']],
    ['two keys', { groups: undefined, filters: { metadata: { final: false, year: 2023 } } }, []],
    ['a key that no document has', { groups: undefined, filters: { metadata: { constructor: 'x' } } }, []],
  ]

  test(`${name}: each filter admits what it names, in both queries`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('plain'), 'apple')
    const pay = { groups: ['board'], tags: ['finance', 'hr'], path: 'hr/pay.csv', contentType: 'text/csv' }
    await put(index, attempt('pay', { ...pay, metadata: { year: 2024, final: false } }), 'apple')
    await put(index, attempt('ops', { groups: ['ops', 'staff'], tags: ['hr'], metadata: { year: '2024' } }), 'apple')
    await seenKeys(index, query('apple'), 3)
    for (const [what, asked, wanted] of singly) {
      const found = await keys(index, query('apple', asked))
      t.same(found, { text: wanted.toSorted(), vector: wanted.toSorted() }, what)
    }
  })

  test(`${name}: any combination of rights and filters admits what the plain rules admit`, async (t) => {
    const { index } = await open(t)
    const infos: AttemptInfo[] = fc
      .sample(about, { numRuns: 30, seed: 11 })
      .map(({ folder, ...rest }, n) => attempt(`a${n}`, { ...rest, path: `${folder}a${n}` }))
    for (const info of infos) await put(index, info, 'apple pie', 'apple tart')
    await seenKeys(index, query('apple'), 60)
    await fc.assert(
      fc.asyncProperty(maybe(some(groups)), filters, async (mayGroups, wanted) => {
        const asked = { groups: mayGroups, filters: wanted }
        const found = await keys(index, query('apple', asked))
        const right = infos
          .filter((info) => admits(info, asked))
          .flatMap(({ attempt: one }) => [`${one}:0`, `${one}:1`])
        deepStrictEqual(found.text.toSorted(), right.toSorted())
        deepStrictEqual(found.vector.toSorted(), right.toSorted())
      }),
      { numRuns: 100 },
    )
  })

  test(`${name}: a full page comes back however little the filters admit`, async (t) => {
    const { index } = await open(t)
    const better = Array.from({ length: 100 }, () => 'apple apple apple')
    for (let n = 0; n < 4; n++) await put(index, attempt(`noise${n}`, { groups: ['board'] }), ...better)
    const wanted = Array.from({ length: 20 }, (_, n) => `an apple among many other words ${'filler '.repeat(n)}`)
    await put(index, attempt('narrow', { groups: ['ops'], tags: ['rare'] }), ...wanted)
    await seenKeys(index, query('apple'), 420)
    for (const asked of [{ groups: ['ops'] }, { groups: undefined, filters: { tags: ['rare'] } }]) {
      const { text, vector } = await keys(index, query('apple', { ...asked, depth: 20 }))
      for (const found of [text, vector]) t.ok(found.length === 20 && found.every((key) => key.startsWith('narrow:')))
    }
  })
}
