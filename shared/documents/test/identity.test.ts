import fc from 'fast-check'
import { test } from 'tap'
import { fingerprint, textHash } from '../fingerprint.ts'
import { canonicalPath, documentId, objectKey, parseObjectKey } from '../identity.ts'

const invalidPath = { code: 'invalid_path' }

test('a document has the same id wherever it is named, and another one in every tenant', async (t) => {
  const id = documentId({ tenant: 'default', path: 'a/b.pdf' })
  t.match(id, /^doc_[a-z2-7]{24}$/)
  t.equal(documentId({ tenant: 'default', path: 'a/b.pdf' }), id)
  t.not(documentId({ tenant: 'acme', path: 'a/b.pdf' }), id)
  t.not(documentId({ tenant: 'defaulta', path: '/b.pdf' }), id)
})

test('paths that point elsewhere, or nowhere, are refused', async (t) => {
  const bad = [
    '',
    ' ',
    'a/\u00a0/b',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    'a/./b',
    'a/',
    't/acme/x',
    'a\\b',
    'a\u0000b',
    'x\n',
    '\ud800',
  ]
  for (const path of bad) t.throws(() => canonicalPath(path), invalidPath, JSON.stringify(path))
  t.throws(() => canonicalPath('ä'.repeat(451)), invalidPath)
  t.equal(canonicalPath('a\u0308.txt'), 'ä.txt')
})

test('object keys and documents name each other', async (t) => {
  const part = fc.stringMatching(/^[\w .äß-]{1,12}$/).filter((s) => s.trim() !== '' && s !== '.' && s !== '..')
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/').normalize('NFC'))
  const tenant = fc.constantFrom('default', 'acme', 'a-1')
  fc.assert(
    fc.property(tenant, path, (tenant, path) => {
      if (path.startsWith('t/')) return
      const ref = { tenant, path }
      t.same(parseObjectKey(objectKey(ref)), ref)
    }),
  )
  t.equal(parseObjectKey('t/default/x'), undefined)
  t.equal(parseObjectKey('t/ACME/x'), undefined)
  t.equal(parseObjectKey('t/acme'), undefined)
  t.equal(parseObjectKey('a/../b'), undefined)
  t.equal(parseObjectKey('a\u0308.txt'), undefined, 'another spelling of the key that this document has')
})

test('a fingerprint changes with everything that a chunk is made from, and with nothing else', async (t) => {
  const base = {
    revision: 'r1',
    nonce: 0,
    embedder: 'none',
    chunking: '256/32',
    title: 'A',
    groups: ['x', 'y'],
    tags: [],
    metadata: { b: 1, a: 'two' },
  }
  const same = fingerprint({ ...base, groups: ['y', 'x'], metadata: { a: 'two', b: 1 } })
  t.equal(fingerprint(base), same)
  const changes = [
    { revision: 'r2' },
    { nonce: 1 },
    { embedder: 'e' },
    { chunking: '128/0' },
    { title: 'B' },
    { groups: ['x'] },
    { tags: ['t'] },
    { metadata: { a: 'two', b: '1' } },
  ]
  for (const change of changes) t.not(fingerprint({ ...base, ...change }), same, JSON.stringify(change))
})

test('texts that differ in white space only have one hash', async (t) => {
  t.equal(textHash(' a  b\n c '), textHash('a b c'))
  t.not(textHash('a b c'), textHash('ab c'))
})
