import { test } from 'tap'
import { renamedFiles, unsupportedFiles } from '../../../test/fixtures/bad.ts'
import { latin1Csv } from '../../../test/fixtures/csv.ts'
import { goodFixtures } from '../../../test/fixtures/write.ts'
import { contentTypes, csvDelimiter, sniff, sniffBytes, textEncoding } from '../content-type.ts'

const typeOf = (body: Buffer | string, name = 'upload') => sniff(Buffer.from(body).subarray(0, sniffBytes), name)

test('every kind of document is known by its first bytes, without a name', async (t) => {
  const found = (await goodFixtures()).map(({ body }) => typeOf(body))
  const { pdf, markdown, csv, xlsx, html } = contentTypes
  t.same(found, [pdf, markdown, csv, xlsx, html])
})

test('a wrong name does not change the type', async (t) => {
  for (const { name, body, contentType } of await renamedFiles()) t.equal(typeOf(body, name), contentType, name)
})

test('what is not supported has no type, whatever it is called', async (t) => {
  for (const { name, body } of unsupportedFiles()) t.equal(typeOf(body, name), undefined, name)
})

test('the ending decides between kinds of text only where the content allows it', async (t) => {
  t.equal(typeOf('plain words\n', 'a.md'), contentTypes.markdown)
  t.equal(typeOf('plain words\n', 'a.txt'), contentTypes.text)
  t.equal(typeOf('one\ntwo\n', 'a.csv'), contentTypes.csv)
  t.equal(typeOf('<b>bold</b> words', 'a.html'), contentTypes.html)
  t.equal(typeOf('no tags at all', 'a.html'), contentTypes.text)
  t.equal(typeOf('<!doctype html><p>x', 'a.md'), contentTypes.html)
  t.equal(typeOf('<p align="center">logo</p>\n\n# Read me\n', 'a.md'), contentTypes.markdown)
})

test('text that merely has commas is no table, and a table needs no ending', async (t) => {
  t.equal(typeOf('Dear all, we meet at nine.\nPlease bring pens, paper, and time.\nThanks.\n'), contentTypes.text)
  t.equal(typeOf('a;b\n1;2\n3;4\n'), contentTypes.csv)
  t.equal(typeOf('a\tb\n1\t2\n3\t4\n'), contentTypes.csv)
  t.equal(typeOf('name,quote\nA,"one, two\nthree"\nB,"four"\n'), contentTypes.csv)
})

test('text may be UTF-8, UTF-16 with a mark, or Latin-1, also when the prefix cuts a character', async (t) => {
  t.equal(typeOf(Buffer.from('\ufeffGrüße\n', 'utf16le')), contentTypes.text)
  t.equal(typeOf(Buffer.from('Grüße aus Köln\n', 'latin1')), contentTypes.text)
  t.equal(typeOf(latin1Csv(), 'a.csv'), contentTypes.csv)
  const cut = Buffer.from('ä'.repeat(3000)).subarray(0, 4095)
  t.equal(textEncoding(cut, { cut: true }), 'utf-8')
  t.equal(textEncoding(cut), 'windows-1252')
})

test('a text that mentions PDF is no PDF, a PDF behind a few stray bytes is one', async (t) => {
  t.equal(typeOf('A file begins with %PDF-1.7, says the standard.\n', 'a.txt'), contentTypes.text)
  t.equal(typeOf(Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from('%PDF-1.4\n')])), contentTypes.pdf)
})

test('the delimiter is the one that divides the records evenly', async (t) => {
  t.equal(csvDelimiter('name;price\nA;1,50\nB;2,75\n', true), ';')
  t.equal(csvDelimiter('a,b,c\n"x;y;z",1,2\n', true), ',')
  t.equal(csvDelimiter('one\ntwo\n', true), ',')
})
