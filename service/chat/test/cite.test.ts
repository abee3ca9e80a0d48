import fc from 'fast-check'
import { test } from 'tap'
import { createMarkerFilter, withoutMarkers } from '../cite.ts'

function filtered(pieces: readonly string[], given: readonly number[]): { text: string; cited: number[] } {
  const filter = createMarkerFilter(new Set(given))
  const text = pieces.map((piece) => filter.push(piece)).join('') + filter.end()
  return { text, cited: filter.cited() }
}
const one = (text: string, given = [1, 2, 3]) => filtered([text], given).text

const hostile = fc
  .array(
    fc.constantFrom(
      '[',
      ']',
      '1',
      '2',
      '9',
      '12',
      ',',
      ';',
      ' ',
      '\t',
      '\n',
      '.',
      'a',
      'é',
      '😀',
      '[1]',
      '[9]',
      '[1, 9]',
      '-',
      '–',
      '【',
      '】',
      '†',
      '【9】',
      '[1-9]',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

function cutUp(text: string, cuts: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const length of cuts) {
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return [...pieces, text.slice(at)]
}

test('any cutting of the stream gives the same text and the same citations', async (t) => {
  fc.assert(
    fc.property(hostile, fc.array(fc.integer({ min: 1, max: 4 })), fc.subarray([1, 2, 9, 12]), (text, cuts, given) => {
      const whole = filtered([text], given)
      const pieces = filtered(cutUp(text, cuts), given)
      return whole.text === pieces.text && String(whole.cited) === String(pieces.cited)
    }),
    { numRuns: 2000 },
  )
  t.pass('for every text and every cut')
})

test('no mark survives whose number was not given, and every mark that is shown is counted as cited', async (t) => {
  fc.assert(
    fc.property(hostile, fc.subarray([1, 2, 12]), (text, given) => {
      const out = filtered([text], given)
      const marks = /[[【]\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*(?:†[^\]】[【\n]*)?[\]】]/g
      const shown = [...out.text.matchAll(marks)].flatMap(([, list = '']) => list.split(/[,;–-]/).map(Number))
      return (
        shown.every((number) => given.includes(number)) &&
        out.cited.every((number) => shown.includes(number)) &&
        shown.every((number) => out.cited.includes(number))
      )
    }),
    { numRuns: 5000 },
  )
  t.pass('for every text')
})

test('text without brackets comes through unchanged', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const plain = text.replace(/[[【]/g, '(')
      return one(plain) === plain
    }),
  )
  t.pass('for every text')
})

test('several numbers in one bracket become marks of their own, the unknown ones left out', async (t) => {
  t.equal(one('So it is [1, 2].'), 'So it is [1][2].')
  t.equal(one('So it is [1; 7].'), 'So it is [1].')
  t.equal(one('So it is [1][2] and [3]'), 'So it is [1][2] and [3]')
})

test('a range becomes a mark for each of its numbers that was given, and none else', async (t) => {
  t.equal(one('So it is [1-3].'), 'So it is [1][2][3].')
  t.equal(one('So it is [2–9].'), 'So it is [2][3].')
  t.equal(one('So it is [7-9].'), 'So it is.')
  t.equal(one('So it is [1; 2 - 3].'), 'So it is [1][2][3].')
  t.same(filtered(['a [1', '-', '2]'], [1, 2]), { text: 'a [1][2]', cited: [1, 2] })
})

test('marks in the brackets of other scripts are marks, with or without a note, and are checked like the others', async (t) => {
  t.equal(one('So it is 【1】.'), 'So it is [1].')
  t.equal(one('So it is 【2†source】【9†L1-L4】.'), 'So it is [2].')
  t.equal(one('So it is 【9】.'), 'So it is.')
  t.equal(one('So it is 【注】 and [1-a].'), 'So it is 【注】 and [1-a].')
})

test('a dropped mark takes the space before it along, and leaves words apart', async (t) => {
  t.equal(one('25 days [9].'), '25 days.')
  t.equal(one('25 days [9] and more'), '25 days and more')
  t.equal(one('25 days[9] and [8] [7] more [1]'), '25 days and more [1]')
  t.equal(one('25 days [9]'), '25 days')
})

test('brackets that are no marks stay: words, links, years, tasks', async (t) => {
  for (const text of ['[note]', 'a [link](x)', '[2024]', '[ ]', '[x]', '[]', '[1st]', '[,1]']) t.equal(one(text), text)
})

test('a mark that only forms when another one inside it is dropped is dropped or counted as well', async (t) => {
  t.equal(one('a [[9]7] b'), 'a b')
  t.same(filtered(['a [[9]1] b'], [1]), { text: 'a [1] b', cited: [1] })
})

test('text before a possible mark is shown at once, and the mark as soon as it is whole', async (t) => {
  const filter = createMarkerFilter(new Set([1]))
  t.equal(filter.push('It is so'), 'It is so')
  t.equal(filter.push(' [1'), '')
  t.equal(filter.push(']'), ' [1]')
  t.equal(filter.push(' then [x'), ' then [x')
})

test('a mark that the answer broke off in is left out', async (t) => {
  t.equal(one('It is so [1'), 'It is so')
  t.equal(one('It is so ['), 'It is so [')
})

test('marks can be taken out of a whole text', async (t) => {
  t.equal(withoutMarkers('So [1][2] it is [3, 4]. [x]'), 'So it is. [x]')
  t.equal(withoutMarkers('So [1-2] it 【3】 is 【4†a】.'), 'So it is.')
})
