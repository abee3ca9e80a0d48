import { test } from 'tap'
import { newKey } from '../../../../tools/fake-issuer/keys.ts'
import { openIssuer, refusedWith } from './support.ts'

const now = () => Math.floor(Date.now() / 1000)
const claims = { tenant: 'acme', groups: ['hr'], scope: 'openid kass:chat kass:search' }

test('a token that is right in every respect speaks for exactly its tenant, subject, groups and scopes', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  t.same(await verifier.verify(issuer.token(claims)), {
    tenant: 'acme',
    subject: 'ann',
    groups: ['hr'],
    scopes: ['chat', 'search'],
  })
})

for (const algorithm of ['RS256', 'ES256', 'ES384', 'EdDSA'] as const) {
  test(`tokens signed with ${algorithm} are taken`, async (t) => {
    const { issuer, verifier } = await openIssuer(t, { key: newKey(algorithm) })
    t.equal(await refusedWith(verifier, issuer.token(claims)), undefined)
    const other = newKey(algorithm, issuer.keys[0]?.kid)
    t.equal(await refusedWith(verifier, issuer.token(claims, { key: other })), 'token_signature')
  })
}

test('each thing that may be wrong with a token has a code of its own', async (t) => {
  const { issuer, verifier } = await openIssuer(t, { key: newKey('RS256') })
  const [key] = issuer.keys
  if (!key) throw new Error('there is no key')
  const good = issuer.token(claims)
  const [header, payload, signature] = good.split('.')
  const token = (more: object, as: object = {}) => issuer.token({ ...claims, ...more }, { header: { ...as } })
  const cases: [string, string, string | undefined][] = [
    ['right', good, undefined],
    ['expired', token({ exp: now() - 1 }), 'token_expired'],
    ['not yet valid', token({ nbf: now() + 60 }), 'token_not_yet_valid'],
    ['for another audience', token({ aud: 'another' }), 'token_audience'],
    ['for other audiences', token({ aud: ['another', 'Kass', 'kass '] }), 'token_audience'],
    ['for us among others', token({ aud: ['another', 'kass'] }), undefined],
    ['of another issuer', token({ iss: 'https://issuer.example' }), 'token_issuer'],
    ['of an issuer that begins like ours', token({ iss: `${issuer.url}/` }), 'token_issuer'],
    ['not signed', token({}, { alg: 'none' }), 'token_unsigned'],
    ['not signed, with something in its place', `${token({}, { alg: 'none' })}AAAA`, 'token_unsigned'],
    ['not signed, in other letters', token({}, { alg: 'nOnE' }), 'token_unsigned'],
    ['with the signature taken off', `${header}.${payload}.`, 'token_unsigned'],
    ['without an algorithm', token({}, { alg: undefined }), 'token_unsigned'],
    ['signed with the public key as a secret', token({}, { alg: 'HS256' }), 'token_algorithm'],
    ['said to be signed with an algorithm that the key is none for', token({}, { alg: 'ES256' }), 'token_algorithm'],
    [
      'said to be signed with an algorithm that the key is not shown for',
      token({}, { alg: 'RS512' }),
      'token_algorithm',
    ],
    ['of an unknown key', token({}, { kid: 'nobodys' }), 'token_unknown_key'],
    ['of no key', token({}, { kid: undefined }), 'token_unknown_key'],
    ['signed by somebody else', issuer.token(claims, { key: newKey('RS256', key.kid) }), 'token_signature'],
    [
      'with other claims than were signed',
      `${header}.${good.split('.')[1]?.slice(0, -4)}XXXX.${signature}`,
      'token_malformed',
    ],
    ['with a signature cut short', good.slice(0, -10), 'token_signature'],
    ['without an end', token({ exp: undefined }), 'token_claim_missing'],
    ['without an audience', token({ aud: undefined }), 'token_claim_missing'],
    ['without an issuer', token({ iss: undefined }), 'token_claim_missing'],
    ['without a subject', token({ sub: undefined }), 'token_claim_missing'],
    ['without a tenant', token({ tenant: undefined }), 'token_claim_missing'],
    ['with an end that is no time', token({ exp: '2099-01-01' }), 'token_malformed'],
    ['with an end beyond all numbers', token({ exp: '1e999' }), 'token_malformed'],
    ['of another kind', token({}, { typ: 'logout+jwt' }), 'token_use'],
    ['with an extension that must be understood', token({}, { crit: ['b64'], b64: false }), 'token_malformed'],
    ['encrypted', `${good}.x.y`, 'token_malformed'],
    ['longer than anybody needs', token({ more: 'x'.repeat(20_000) }), 'token_malformed'],
    ['a text', 'nonsense', 'token_malformed'],
    ['nothing', '', 'token_malformed'],
  ]
  for (const [name, given, code] of cases) t.equal(await refusedWith(verifier, given), code, name)
})

test('a token that is nested deeper than can be followed is refused like any other', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  const [header, , signature] = issuer.token(claims).split('.')
  const deep = Buffer.from(`{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`).toString('base64url')
  t.match(await refusedWith(verifier, `${header}.${deep}.${signature}`), /^token_(malformed|claim_missing)$/)
})

test('changed claims under a good signature are refused', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  const [header, , signature] = issuer.token(claims).split('.')
  const payload = issuer.token({ ...claims, tenant: 'victim' }).split('.')[1]
  t.equal(await refusedWith(verifier, `${header}.${payload}.${signature}`), 'token_signature')
})

test('a key is never taken from the token or from an address in it', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  const { issuer: evil } = await openIssuer(t)
  const [key] = evil.keys
  if (!key) throw new Error('there is no key')
  const jwk = key.publicKey.export({ format: 'jwk' })
  for (const header of [
    { jku: evil.jwksUrl },
    { jwk },
    { x5u: evil.jwksUrl },
    { jku: evil.jwksUrl, jwk, kid: 'new' },
  ]) {
    const code = await refusedWith(verifier, issuer.token(claims, { key, header }))
    t.equal(code, 'token_unknown_key')
  }
  const kid = issuer.keys[0]?.kid
  t.equal(await refusedWith(verifier, issuer.token(claims, { key, header: { jwk, kid } })), 'token_signature')
  t.same(evil.requests, [])
})

test('nothing is fetched for a token that can be refused without', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  for (const header of [{ alg: 'HS256' }, { alg: 'none' }])
    await refusedWith(verifier, issuer.token(claims, { header }))
  await refusedWith(verifier, issuer.token({ iss: 'https://issuer.example' }))
  await refusedWith(verifier, 'a.b.c')
  t.same(issuer.requests, [])
})

test('clocks may be apart by the tolerance and no more', async (t) => {
  const { issuer, verifier } = await openIssuer(t, { clockToleranceMs: 60_000 })
  t.equal(await refusedWith(verifier, issuer.token({ ...claims, exp: now() - 30 })), undefined)
  t.equal(await refusedWith(verifier, issuer.token({ ...claims, nbf: now() + 30 })), undefined)
  t.equal(await refusedWith(verifier, issuer.token({ ...claims, exp: now() - 90 })), 'token_expired')
  t.equal(await refusedWith(verifier, issuer.token({ ...claims, nbf: now() + 90 })), 'token_not_yet_valid')
})

test('an algorithm that is not on the list is refused, although the issuer has a key for it', async (t) => {
  const { issuer, verifier } = await openIssuer(t, { algorithms: ['RS256'] })
  t.equal(await refusedWith(verifier, issuer.token(claims)), 'token_algorithm')
})
