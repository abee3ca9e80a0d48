import { deepStrictEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { type Analyzer, createAnalyzer, type SearchLanguage } from '../analyze.ts'

const languages: SearchLanguage[] = ['english', 'german', 'french', 'spanish', 'italian', 'portuguese', 'dutch', 'none']
const english = createAnalyzer('english')
const none = createAnalyzer('none')

/** Whether every term of the query is among the terms of the text. */
function finds(query: string, text: string, analyzer: Analyzer = english): boolean {
  const terms = new Set(analyzer.terms(text))
  const wanted = analyzer.terms(query)
  return wanted.length > 0 && wanted.every((term) => terms.has(term))
}

test('words are found in any case, form and width, stop words left out', async (t) => {
  t.same(english.terms('What are the Policies for running?'), english.terms('policy RUN'))
  t.same(english.terms('ｉｎｖｏｉｃｅ'), english.terms('Invoices'))
  t.same(english.terms("don't and don’t, isn't it"), [])
  t.same(english.terms("the company's employees’ badges"), english.terms('company employee badge'))
  t.equal(english.isStopWord('The'), true)
  t.equal(english.isStopWord('policy'), false)
})

test('repeated words are kept, in their order', async (t) => {
  t.same(none.terms('b a b'), ['b', 'a', 'b'])
})

test('diacritics and special letters are folded on both sides', async (t) => {
  for (const [query, text] of [
    ['cafe', 'Café'],
    ['naive', 'naïve'],
    ['Lodz', 'Łódź'],
    ['Strasse', 'Straße'],
    ['cafe', 'cafe\u0301'],
    ['office', 'oﬃce'],
    ['coordination', 'co\u00adordi\u00adnation'],
  ] as const) {
    t.ok(finds(query, text) && finds(text, query), `${query} and ${text}`)
  }
})

test('codes are found whole and by their parts', async (t) => {
  const text = 'Paid INV-2024-001 (see ISO_9001, ACME/7.3, AT&T) by jane.doe@example.com'
  for (const query of [
    'inv-2024-001',
    'INV',
    '2024',
    '001',
    'iso_9001',
    '9001',
    'acme/7.3',
    'at&t',
    'Jane.Doe@Example.com',
    'doe',
  ]) {
    t.ok(finds(query, text), query)
  }
  t.notOk(finds('INV-2024-002', text))
})

test('numbers are found with and without grouping and zeros at the end', async (t) => {
  for (const [query, text] of [
    ['1234.50', '1,234.50'],
    ['1234.5', '1,234.50'],
    ['1,234.50', '1.234,50'],
    ['1234567', '1,234,567'],
    ['12', '12.00'],
    ['1.234', '1,234'],
    ['0.5', '0,50'],
    ['42', 'room 42.'],
  ] as const) {
    t.ok(
      english.terms(query).some((term) => english.terms(text).includes(term)),
      `${query} in ${text}`,
    )
  }
  t.notOk(finds('1234.6', '1,234.50'))
  t.ok(finds('2024-01-15', 'on 2024-01-15') && finds('2024', 'on 2024-01-15'))
  t.ok(finds('10.0.0.1', 'at 10.0.0.1'))
})

test('a number is found with or without a space before its unit', async (t) => {
  t.ok(finds('500 mg', 'take 500mg daily'))
  t.ok(finds('500mg', 'take 500mg daily'))
})

test('a compound is found with a hyphen, without, and by its parts', async (t) => {
  for (const query of ['e-mail', 'email', 'mail']) t.ok(finds(query, 'send an e-mail'), query)
  t.ok(finds('art', 'state-of-the-art'))
})

test('IT and WHO are words in capitals and stop words otherwise', async (t) => {
  t.same(english.terms('WHO leads IT'), ['who', 'lead', 'it'])
  t.same(english.terms('who leads it'), ['lead'])
})

test('scripts without spaces are found by their words', async (t) => {
  t.ok(finds('検索', '日本語のテキストを検索する'))
  t.ok(finds('ภาษา', 'ภาษาไทยง่าย'))
  t.ok(finds('हिन्दी', 'हिन्दी में'))
  t.ok(finds('Приказ', 'приказ № 7', none))
})

test('each language stems its words and leaves its own stop words out', async (t) => {
  for (const [language, query, text, stops] of [
    ['german', 'Rechnung', 'Rechnungen', 'wo ist die der über'],
    ['german', 'Hauser', 'Häuser', 'für fur'],
    ['french', 'facture', 'factures', "où est la l' qu'est"],
    ['french', 'entreprise', "l'entreprise", 'à d’'],
    ['spanish', 'factura', 'facturas', 'dónde está la'],
    ['italian', 'azienda', "dell'azienda", 'dove è la'],
    ['portuguese', 'nota', 'notas', 'onde está a'],
    ['dutch', 'factuur', 'factuur', 'waar is de het'],
  ] as const) {
    const analyzer = createAnalyzer(language)
    t.ok(finds(query, text, analyzer), `${language}: ${query}`)
    t.same(analyzer.terms(stops), [], `${language}: ${stops}`)
  }
  t.same(none.terms('the policies'), ['the', 'policies'])
})

test('ids differ by language', async (t) => {
  t.equal(new Set(languages.map((language) => createAnalyzer(language).id)).size, languages.length)
})

test('any text gives the same bounded, folded terms each time, in every language', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom('a', 'É', '1', '.', ',', '-', "'", '’', '日', ' ', '0', '@'), maxLength: 100 }),
  )
  for (const language of languages) {
    const analyzer = createAnalyzer(language)
    fc.assert(
      fc.property(text, (sample) => {
        const terms = analyzer.terms(sample)
        deepStrictEqual(analyzer.terms(sample), terms)
        deepStrictEqual(createAnalyzer(language).terms(sample), terms)
        for (const term of terms) ok(term !== '' && term.length <= 128 && !/\s/.test(term), JSON.stringify(term))
      }),
      { numRuns: 100 },
    )
  }
})

test('a whole number is found by itself among others', async () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      ok(finds(String(a), `x ${b} ${a}, y`))
      ok(finds(a.toLocaleString('en-US'), `x ${a.toLocaleString('en-US')}.`))
      ok(english.terms(a.toLocaleString('en-US')).includes(String(a)))
    }),
  )
})

test('a very long run is cut and costs little', async (t) => {
  const run = 'x'.repeat(200_000)
  t.same(none.terms(run), ['x'.repeat(64)])
  t.equal(none.terms('1'.repeat(1000))[0]?.length, 64)
  t.ok(none.terms('a-'.repeat(50_000)).length <= 50_000)
  t.ok(none.terms('漢字'.repeat(5000)).length > 0)
})
