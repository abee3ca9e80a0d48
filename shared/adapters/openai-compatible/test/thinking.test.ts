import fc from 'fast-check'
import { test } from 'tap'
import { createThinkingFilter } from '../thinking.ts'

function filtered(pieces: readonly string[]): string {
  const filter = createThinkingFilter()
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end()
}

test('what a model thinks between its tags is left out of the answer, with the white space behind it', async (t) => {
  t.equal(filtered(['<think>\nMaybe 20 [2]?\n</think>\n\nIt is 25 [1].']), 'It is 25 [1].')
  t.equal(filtered(['<thinking>Hm.</thinking> Yes.']), 'Yes.')
  t.equal(filtered(['<THINK>a</THINK>b']), 'b')
  t.equal(filtered(['So: <think>wait</think>25 days']), 'So: 25 days')
  t.equal(filtered(['<think>never closed [1]']), '')
  t.equal(filtered(['<think></think>\n', '\nIt is so.']), 'It is so.')
})

test('other signs stay: a smaller-than, another tag, the beginning of a tag at the end', async (t) => {
  for (const text of ['a < b', '<b>bold</b>', 'x <thin ice', 'ends in <thi', '</think> alone', ' spaces first'])
    t.equal(filtered([text]), text)
})

test('any cutting of the stream gives the same text', async (t) => {
  const parts = fc.array(
    fc.constantFrom('<', '<th', '<think>', '</think>', '<thinking>', '</thinking>', 'ink>', ' ', '\n', 'a', '[1]', 'é'),
  )
  fc.assert(
    fc.property(parts, fc.array(fc.integer({ min: 1, max: 4 })), (list, cuts) => {
      const text = list.join('')
      const pieces: string[] = []
      let at = 0
      for (const length of cuts) {
        pieces.push(text.slice(at, at + length))
        at += length
      }
      pieces.push(text.slice(at))
      return filtered(pieces) === filtered([text])
    }),
    { numRuns: 2000 },
  )
  t.pass('for every text and every cut')
})

test('what is no thinking is given at once', async (t) => {
  const filter = createThinkingFilter()
  t.equal(filter.push('It is '), 'It is ')
  t.equal(filter.push('25 <'), '25 ')
  t.equal(filter.push(' 30'), '< 30')
})
