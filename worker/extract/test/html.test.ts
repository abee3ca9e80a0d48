import { test } from 'tap'
import { htmlPage } from '../../../test/fixtures/html.ts'
import { readAll, texts } from './helper.ts'

test('scripts, styles, comments and hidden parts are not read', async (t) => {
  const all = texts(await readAll(htmlPage().body, 'a.html')).join('\n')
  t.notMatch(all, /secret|tracker|document\.write|Travel guide\s+Travel guide/)
  t.match(all, /Nordhafen Components & its sites/)
})

test('above the first heading a place is its paragraph, below it its section', async (t) => {
  const { chunks } = await readAll('<!doctype html><p>one</p><p>two</p><h1>A</h1><p>three</p><h2>B</h2>four', 'a.html')
  t.same(
    chunks.map(({ text, locator }) => [text, locator]),
    [
      ['one\n\ntwo', 'paragraphs 1-2'],
      ['A\n\nthree', 'section "A"'],
      ['B\n\nfour', 'section "A > B"'],
    ],
  )
})

test('lists, tables and preformatted text keep their form', async (t) => {
  const body =
    '<html><ul><li>a</li><li>b<ol><li>c</li></ol></li></ul><table><tr><th>N</th><th>V</th></tr><tr><td>x<br>y</td><td><p>1</p></td></tr></table><pre>\n  code\n    more\n</pre></html>'
  t.same(texts(await readAll(body)), ['- a\n- b\n  1. c\n\nN | V\nx y | 1\n\n  code\n    more'])
})

test('characters that control a terminal are left out, however they are written', async (t) => {
  const body =
    '<html><p>The key is &#27;]0;owned&#7; and &#x1b;[31mred&#x1B;[0m.</p><pre>a&#8;b\tc\n&#127;d</pre></html>'
  t.same(texts(await readAll(body, 'a.html')), ['The key is ]0;owned and [31mred[0m.\n\nab\tc\nd'])
})

test('sloppy pages are read: tags left open, no head, entities', async (t) => {
  const body = '<html><head><title>T</title><body><p>one &eacute;&#8211;&nbsp;two<p>three<li>four<b>five</html>'
  t.same(texts(await readAll(body)), ['one é– two\n\nthree\n\n- fourfive'])
})

test('the charset that a page names is used when the bytes are not UTF-8', async (t) => {
  const page = (charset: string, ...bytes: number[]) =>
    Buffer.concat([Buffer.from(`<html><meta charset="${charset}"><p>`), Buffer.from(bytes), Buffer.from('</p></html>')])
  t.same(texts(await readAll(page('iso-8859-2', 0xb1))), ['ą'])
  t.same(texts(await readAll(page('utf-8', 0xfc))), ['ü'])
  t.same(texts(await readAll(page('no-such-thing', 0xfc))), ['ü'])
})

test('elements nested a hundred thousand deep do no harm', async (t) => {
  const deep = `<html>${'<div>'.repeat(100_000)}down here${'</div>'.repeat(100_000)}</html>`
  t.same(texts(await readAll(deep)), ['down here'])
})

test('a page of nothing but scripts has no text', async (t) => {
  await t.rejects(readAll('<html><script>let a</script></html>'), { code: 'no_text' })
})
