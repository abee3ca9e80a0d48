import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { test } from 'tap'
import { parseAttributes } from '../../../documents/attributes.ts'
import { isKassError } from '../../../errors.ts'
import { attributesIn, contentTypeIn, metadataOf, sha256In } from '../metadata.ts'

const sha256 = 'ab'.repeat(32)

test('whatever was said of a document travels as ASCII within 2 KB, or is refused', async (t) => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  const said = fc.record(
    {
      title: name,
      groups: fc.array(name, { maxLength: 32 }),
      tags: fc.array(name, { maxLength: 32 }),
      metadata: fc.dictionary(name, fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())),
    },
    { requiredKeys: [] },
  )
  let carried = 0
  fc.assert(
    fc.property(said, (given) => {
      try {
        const attributes = parseAttributes(given)
        const metadata = metadataOf({ attributes, sha256 })
        const bytes = Object.entries(metadata).flat().join('')
        if (bytes.length > 2048 || !/^[\x21-\x7e]*$/.test(bytes)) throw new Error(`${bytes.length} bytes`)
        const read = attributesIn(metadata)
        if (JSON.stringify(read) !== JSON.stringify(attributes)) throw new Error('something else was read')
        carried++
      } catch (error) {
        if (!isKassError(error, 'invalid_metadata')) throw error
      }
    }),
  )
  t.ok(carried > 10)
})

test('nothing said is nothing written', async (t) => {
  t.same(metadataOf({}), {})
  t.equal(attributesIn({}), undefined)
})

test('metadata of 2,048 bytes of prose fits', async (t) => {
  const note = 'The quick brown fox jumps over the lazy dog. '.repeat(44)
  t.same(attributesIn(metadataOf({ attributes: { metadata: { note } } })), { metadata: { note: note.normalize() } })
})

test('what claims to be ours and cannot be read, or inflates without end, says nothing', async (t) => {
  const bomb = deflateRawSync(`{"title":"a"${' '.repeat(1_000_000)}}`).toString('base64url')
  t.ok(bomb.length < 2000)
  for (const text of ['', 'x', 'z.AAAA', 'j.', 'j.bnVsbA', `z.${bomb}`]) {
    t.equal(attributesIn({ 'kass-attributes': text }), undefined, text.slice(0, 20))
  }
})

test('the hash is what S3 compared itself, else what the upload said, else unknown', async (t) => {
  const ChecksumSHA256 = Buffer.from('cd'.repeat(32), 'hex').toString('base64')
  const Metadata = { 'kass-sha256': sha256 }
  t.equal(sha256In({ ChecksumSHA256, Metadata }), 'cd'.repeat(32))
  t.equal(
    sha256In({ ChecksumSHA256: `${ChecksumSHA256}-3`, Metadata }),
    sha256,
    'that of the parts is none of the whole',
  )
  t.equal(sha256In({ Metadata: { 'kass-sha256': 'nonsense' } }), '')
  t.equal(sha256In({}), '')
})

test('a type that means nothing is no type', async (t) => {
  t.equal(contentTypeIn({ ContentType: 'binary/octet-stream' }), '')
  t.equal(contentTypeIn({ ContentType: 'text/csv' }), 'text/csv')
  t.equal(contentTypeIn({}), '')
})
