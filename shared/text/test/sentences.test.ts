import { test } from 'tap'
import { sentences } from '../sentences.ts'

/** Each text as its sentences, with a bar between them. */
const whole: string[] = [
  'Die Inventur beginnt am 3. Januar 2026 um 7 Uhr.|Die Betriebsversammlung findet am 12. Mai statt.',
  'Er gilt bis zum 1. Juli.|Danach wird er in der 2. Auflage erneuert.',
  'Das gilt vom 1. bis 15. März.|Es endet dann.',
  'The monthly fee is EUR 4,500.00 excl. VAT.|Invoices are due within 30 days.|Dr. Smith signs them.',
  'Der Preis beträgt 4.500 EUR zzgl. MwSt. und ist gültig.|Bitte Art. 5 Abs. 2 der Satzung beachten.',
  'Herr Prof. Dr. h.c. Weber leitet u.a. die Forschung.|Die Fa. Holz & Co. KG liefert ca. 40 t Späne.',
  'Man braucht Ausweise, z. B. Nr. 5, bzw. einen Pass, d.h. ein Dokument.|Sonst nichts.',
  'The contact person is Mr. J. Verhoeven.|He is in at nine.',
  'Preis inkl. MwSt. Rabatt.|Der Rest ist frei.',
  '1. Term.|The agreement starts at once.',
  'Le rendez-vous est le 3. mars, p. ex. Mme. Durand.|Il dure une heure.',
  'El Sr. López firma.|Luego firma otro.',
  // Where a sentence ends, it ends.
  'It lasts until 3.|The next one follows.',
  'We chose plan B.|It works.',
  'It is made by Acme Inc.|She left.|Is it so?|Yes!',
  'Es dauert 3 Std.|Danach ist Schluss.',
  'The answer is no.|The rest is open.',
]

for (const marked of whole) {
  test(`sentences: ${marked}`, async (t) => {
    const expected = marked.split('|')
    const text = expected.join('  ')
    const found = sentences(text)
    t.same(
      found.map((one) => one.text),
      expected,
    )
    for (const one of found) t.equal(text.slice(one.start, one.start + one.text.length), one.text)
  })
}

test('sentences: a line that ends in an abbreviation or a number is no part of the next line', async (t) => {
  t.same(
    sentences('Zimmer Nr.\n3.\nDer Flur').map((one) => one.text),
    ['Zimmer Nr.', '3.', 'Der Flur'],
  )
})
