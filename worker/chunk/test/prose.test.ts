import fc from 'fast-check'
import { test } from 'tap'
import { countTokens } from '../../../shared/text/tokens.ts'
import type { Chunking, Draft, Prose } from '../draft.ts'
import { createProsePacker } from '../prose.ts'

const locate = (from: number, to: number) => `${from}-${to}`

function pack(pieces: readonly Prose[], chunking: Chunking): Draft[] {
  const packer = createProsePacker(chunking, locate)
  return [...pieces.flatMap((piece) => packer.add(piece)), ...packer.end()]
}

const piece = (unit: number, text: string, more: Partial<Prose> = {}): Prose => ({
  kind: 'prose',
  unit,
  text,
  section: none,
  from: unit,
  to: unit,
  ...more,
})
const none: readonly string[] = []
const sentence = (name: string, words: number) =>
  `${Array.from({ length: words }, (_, at) => `${name}${at}`).join(' ')}.`

test('short paragraphs share a chunk, which covers all their places', (t) => {
  t.match(pack([piece(1, 'One.'), piece(2, 'Two.'), piece(3, 'Three.')], { tokens: 64, overlap: 8 }), [
    { text: 'One.\n\nTwo.\n\nThree.', locator: '1-3', units: [1, 2, 3] },
  ])
  t.end()
})

test('a paragraph that no longer fits begins the next chunk rather than being cut', (t) => {
  const [a, b] = [sentence('alpha', 20), sentence('beta', 20)]
  t.same(
    pack([piece(1, a), piece(2, b)], { tokens: 50, overlap: 0 }).map(({ text }) => text),
    [a, b],
  )
  t.end()
})

test('a long paragraph is cut behind its sentences, and a chunk repeats the sentence before it', (t) => {
  const all = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Eta', 'Iota'].map((name) => sentence(name, 8))
  const drafts = pack([piece(1, all.join(' '))], { tokens: 40, overlap: 20 })
  t.same(
    drafts.slice(0, 2).map(({ text }) => text),
    [all.slice(0, 2), all.slice(1, 3)].map((two) => two.join(' ')),
  )
  t.end()
})

test('sections and pages are never mixed, nor repeated into one another', (t) => {
  const [a, b] = [['A'], ['B']]
  const drafts = pack(
    [
      piece(1, 'First.', { section: a, scope: 1 }),
      piece(2, 'Second.', { section: a, scope: 2 }),
      piece(3, 'Third.', { section: b, scope: 2 }),
    ],
    { tokens: 100, overlap: 50 },
  )
  t.same(
    drafts.map(({ text, section }) => [text, section]),
    [
      ['First.', ['A']],
      ['Second.', ['A']],
      ['Third.', ['B']],
    ],
  )
  t.end()
})

test('a heading is never left alone above a paragraph that has to be cut', (t) => {
  const section = ['H']
  const drafts = pack([piece(1, 'H', { section, heading: true }), piece(2, sentence('word', 60), { section })], {
    tokens: 40,
    overlap: 4,
  })
  t.match(drafts[0]?.text, /^H\n\nword0 word1/)
  t.end()
})

test('a word larger than a chunk is the only one that is cut, and never in the middle of a character', (t) => {
  const drafts = pack([piece(1, `before ${'😀'.repeat(100)} after`)], { tokens: 16, overlap: 0 })
  t.ok(drafts.every(({ text }) => text.isWellFormed()))
  t.equal(
    drafts
      .map(({ text }) => text)
      .join('')
      .replace(/\s/g, ''),
    `before${'😀'.repeat(100)}after`,
  )
  t.end()
})

/** Pieces whose words rise, so that order, loss and repetition can be seen. */
const pieces = fc
  .array(
    fc.record({
      words: fc.integer({ min: 1, max: 120 }),
      long: fc.integer({ min: 0, max: 14 }),
      step: fc.integer({ min: 3, max: 25 }),
      kind: fc.constantFrom('text', 'text', 'text', 'heading', 'page', 'tight'),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((specs) => {
    let word = 0
    let section: readonly string[] = none
    let scope = 0
    return specs.map(({ words, long, step, kind }, at): Prose => {
      const own = Array.from({ length: words }, () => `${'x'.repeat(long)}w${word++}`)
      const text = own.map((one, place) => (place % step === step - 1 ? `${one}.` : one)).join(' ')
      if (kind === 'heading') section = [text]
      if (kind === 'page') scope++
      const more = {
        section,
        scope,
        ...(kind === 'heading' ? { heading: true as const } : {}),
        ...(kind === 'tight' ? { tight: true as const } : {}),
      }
      return piece(at + 1, text, more)
    })
  })
const sizes = fc.tuple(fc.integer({ min: 16, max: 120 }), fc.integer({ min: 0, max: 60 })).map(([tokens, overlap]) => ({
  tokens,
  overlap: Math.min(overlap, Math.floor(tokens / 2)),
}))

const numbers = (text: string) => [...text.matchAll(/w(\d+)/g)].map((match) => Number(match[1]))

test('no word is lost, invented, cut or out of order; sizes and overlaps hold', () => {
  fc.assert(
    fc.property(pieces, sizes, (all, chunking) => {
      const drafts = pack(all, chunking)
      const known = new Set(all.flatMap((one) => one.text.split(/\s+/)))
      let next = 0
      for (const [at, { text }] of drafts.entries()) {
        if (countTokens(text) > chunking.tokens) throw new Error(`chunk ${at} is too large`)
        if (text.split(/\s+/).some((word) => !known.has(word))) throw new Error(`chunk ${at} has an unknown word`)
        const own = numbers(text)
        const first = own[0] ?? -1
        if (own.some((number, place) => number !== first + place)) throw new Error(`chunk ${at} is out of order`)
        if (first > next || (own.at(-1) ?? -1) < next) throw new Error(`chunk ${at} leaves out or adds nothing`)
        const repeated = text.slice(0, text.search(new RegExp(`x*w${next}\\b`))).trim()
        if (countTokens(repeated) > chunking.overlap) throw new Error(`chunk ${at} repeats too much`)
        next = (own.at(-1) ?? -1) + 1
      }
      if (next !== numbers(all.map((one) => one.text).join(' ')).length) throw new Error('words are missing at the end')
      const units = [...new Set(drafts.flatMap((draft) => draft.units))]
      if (units.join() !== all.map((one) => one.unit).join()) throw new Error(`units ${units.join()}`)
    }),
    { numRuns: 500 },
  )
  return Promise.resolve()
})

test('text of any script keeps its size and all its characters', () => {
  const text = fc.array(
    fc.constantFrom('漢', '字', '。', 'か', ' ', 'word ', '😀', 'ä', '\u0e01', '.', 'x'.repeat(30)),
    { minLength: 1, maxLength: 300 },
  )
  fc.assert(
    fc.property(text, (parts) => {
      const whole = parts.join('')
      if (whole.trim() === '') return
      const drafts = pack([piece(1, whole)], { tokens: 24, overlap: 0 })
      if (drafts.some((draft) => countTokens(draft.text) > 24)) throw new Error('too large')
      const bare = (some: string) => some.replace(/\s/g, '')
      if (bare(drafts.map((draft) => draft.text).join('')) !== bare(whole)) throw new Error('not the same text')
    }),
    { numRuns: 500 },
  )
  return Promise.resolve()
})
