import fc from 'fast-check'
import { test } from 'tap'
import { listFromForm, parseAttributes, sameAttributes } from '../../shared/documents/attributes.ts'
import type { Attributes } from '../../shared/documents/document.ts'

const code = (expected: string, place: string) => ({ code: 'invalid_metadata', place, message: new RegExp(expected) })

test('attributes are trimmed, composed and freed of doubles', async (t) => {
  t.strictSame(
    parseAttributes({
      title: ' cafe\u0301 ',
      groups: ['hr', ' hr'],
      tags: ['u\u0308', '\u00fc', 'b'],
      metadata: { ' a ': 'x' },
    }),
    { title: 'caf\u00e9', groups: ['hr'], tags: ['\u00fc', 'b'], metadata: { a: 'x' } },
  )
})

test('what is not said stays unsaid', async (t) => {
  t.strictSame(parseAttributes({}), {})
  t.strictSame(parseAttributes({ tags: [] }), { tags: [] })
})

test('what is wrong is refused with its place', async (t) => {
  t.throws(() => parseAttributes({ title: 7 }), code('must be text', 'title'))
  t.throws(() => parseAttributes({ title: ' ' }), code('empty', 'title'))
  t.throws(() => parseAttributes({ title: 'a\nb' }), code('control', 'title'))
  t.throws(() => parseAttributes({ title: '\ud800' }), code('Unicode', 'title'))
  t.throws(() => parseAttributes({ title: 'x'.repeat(301) }), code('longer than 300', 'title'))
  t.throws(() => parseAttributes({ groups: ['*'] }), code('everyone', 'groups'))
  t.throws(() => parseAttributes({ tags: 'x' }), code('list', 'tags'))
  t.throws(
    () => parseAttributes({ tags: Array.from({ length: 33 }, (_, at) => `t${at}`) }),
    code('more than 32', 'tags'),
  )
  t.throws(() => parseAttributes({ metadata: null }), code('object', 'metadata'))
  t.throws(() => parseAttributes({ metadata: { a: null } }), code('text, a number', 'metadata.a'))
  t.throws(() => parseAttributes({ metadata: { a: Number.NaN } }), code('number', 'metadata.a'))
  t.throws(() => parseAttributes({ metadata: { constructor: 1 } }), code('constructor', 'metadata'))
  t.throws(() => parseAttributes({ metadata: { a: 'x'.repeat(2048) } }), code('larger than 2048', 'metadata'))
})

test('a list comes from repeated fields, commas or JSON alike', async (t) => {
  t.strictSame(listFromForm(['a', 'b, c', '["d,e"]', '', ' '], 'tags'), ['a', 'b', 'c', 'd,e'])
  t.throws(() => listFromForm(['["a"'], 'tags'), code('JSON', 'tags'))
})

test('parsing what was parsed changes nothing, whatever it was', async () => {
  const attributes = fc.record(
    {
      title: fc.string({ unit: 'binary' }),
      groups: fc.array(fc.string({ unit: 'grapheme' })),
      tags: fc.array(fc.string({ unit: 'binary' })),
      metadata: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean())),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(attributes, (given) => {
      let once: ReturnType<typeof parseAttributes>
      try {
        once = parseAttributes(given)
      } catch {
        return true
      }
      const full = { title: '', groups: [], tags: [], metadata: {}, ...once }
      return (
        sameAttributes(parseAttributes(once), full) && JSON.stringify(parseAttributes(once)) === JSON.stringify(once)
      )
    }),
  )
})

test('order does not make a difference of groups and tags, everything else does', async (t) => {
  const record = { title: 'a', groups: ['x', 'y'], tags: [], metadata: { n: 1, m: true } }
  t.equal(sameAttributes({}, record), true)
  t.equal(sameAttributes({ groups: ['y', 'x'], metadata: { m: true, n: 1 } }, record), true)
  const others: Partial<Attributes>[] = [
    { title: 'b' },
    { groups: ['x'] },
    { tags: ['z'] },
    { metadata: { n: '1', m: true } },
    { metadata: {} },
  ]
  for (const said of others) t.equal(sameAttributes(said, record), false)
})
