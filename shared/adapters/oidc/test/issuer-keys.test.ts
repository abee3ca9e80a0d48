import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import { newKey } from '../../../../tools/fake-issuer/keys.ts'
import { signingKeys } from '../signing-keys.ts'
import { openIssuer, refusedWith, times } from './support.ts'

const claims = { tenant: 'acme' }

test('after the issuer rotates its keys the new one is taken at once, and the old one no more', async (t) => {
  const { issuer, verifier, clock, jwksRequests } = await openIssuer(t)
  const old = issuer.token(claims)
  t.equal(await refusedWith(verifier, old), undefined)
  clock.advance(times.cooldownMs)
  issuer.rotate()
  t.equal(await refusedWith(verifier, issuer.token(claims)), undefined)
  t.equal(jwksRequests(), 2)
  t.equal(await refusedWith(verifier, old), 'token_unknown_key')
})

test('a key that the issuer has withdrawn is refused once the keys are old', async (t) => {
  const { issuer, verifier, clock } = await openIssuer(t)
  const [withdrawn] = issuer.keys
  const token = issuer.token(claims)
  t.equal(await refusedWith(verifier, token), undefined)
  issuer.keys = [newKey()]
  clock.advance(times.refreshMs - 1)
  t.equal(await refusedWith(verifier, issuer.token(claims, { key: withdrawn })), undefined)
  clock.advance(1)
  t.equal(await refusedWith(verifier, token), 'token_unknown_key')
})

test('another key under the same id takes the place of the former one', async (t) => {
  const { issuer, verifier, clock } = await openIssuer(t)
  const old = issuer.token(claims)
  t.equal(await refusedWith(verifier, old), undefined)
  issuer.keys = [newKey('ES256', issuer.keys[0]?.kid)]
  clock.advance(times.refreshMs)
  t.equal(await refusedWith(verifier, issuer.token(claims)), undefined)
  t.equal(await refusedWith(verifier, old), 'token_signature')
})

test('a flood of unknown keys costs the issuer one request in the time of rest', async (t) => {
  const { issuer, verifier, clock, jwksRequests } = await openIssuer(t)
  const flood = async () => {
    const tokens = Array.from({ length: 50 }, (_, n) => issuer.token(claims, { header: { kid: `k${n}` } }))
    const codes = await Promise.all(tokens.map((token) => refusedWith(verifier, token)))
    t.same([...new Set(codes)], ['token_unknown_key'])
  }
  await flood()
  await flood()
  t.equal(jwksRequests(), 1)
  clock.advance(times.cooldownMs)
  await flood()
  t.equal(jwksRequests(), 2)
  t.equal(await refusedWith(verifier, issuer.token(claims)), undefined, 'and nobody who has a good one notices')
})

test('many requests at once share one look at the issuer', async (t) => {
  const { issuer, verifier } = await openIssuer(t)
  const tokens = Array.from({ length: 20 }, () => issuer.token(claims))
  t.same([...new Set(await Promise.all(tokens.map((token) => refusedWith(verifier, token))))], [undefined])
  t.same(issuer.requests, ['/.well-known/openid-configuration', '/jwks'])
})

test('a silent issuer is no reason to refuse known keys, until they are too old', async (t) => {
  const { issuer, verifier, clock, faults } = await openIssuer(t)
  const token = issuer.token(claims)
  t.equal(await refusedWith(verifier, token), undefined)
  issuer.answer = (_path, response) => Boolean(response.destroy())
  clock.advance(times.refreshMs)
  t.equal(await refusedWith(verifier, token), undefined)
  t.ok(faults.length > 0, 'somebody is told')
  t.equal(await refusedWith(verifier, issuer.token(claims, { header: { kid: 'new' } })), 'token_unknown_key')
  clock.advance(times.maxAgeMs - times.refreshMs)
  t.equal(await refusedWith(verifier, token), 'issuer_unavailable')
  issuer.answer = undefined
  clock.advance(times.cooldownMs)
  t.equal(await refusedWith(verifier, token), undefined)
})

test('while nothing is known of the issuer the answer is to try again, with the time to wait', async (t) => {
  const { issuer, verifier, clock } = await openIssuer(t)
  const token = issuer.token(claims)
  issuer.answer = (_path, response) => Boolean(response.writeHead(500).end())
  const failure = { code: 'issuer_unavailable', status: 503, retryable: true, retryAfterMs: times.cooldownMs }
  await t.rejects(verifier.verify(token), failure)
  clock.advance(2000)
  await t.rejects(verifier.verify(token), { ...failure, retryAfterMs: times.cooldownMs - 2000 })
  t.equal(issuer.requests.length, 1, 'the second one did not ask')
  issuer.answer = undefined
  clock.advance(times.cooldownMs - 2000)
  t.equal(await refusedWith(verifier, token), undefined)
})

test('an issuer that answers nonsense, too much, too slowly, or with a redirect is as good as silent', async (t) => {
  const { issuer: elsewhere } = await openIssuer(t)
  const answers: Record<string, (path: string, response: import('node:http').ServerResponse) => boolean> = {
    nonsense: (_path, response) => Boolean(response.end('<html>')),
    'no keys': (path, response) => path === '/jwks' && Boolean(response.end('{"keys": "none"}')),
    'too much': (path, response) =>
      path === '/jwks' && Boolean(response.end(`{"keys": [], "x": "${'x'.repeat(300_000)}"}`)),
    'never ends': (path, response) => path === '/jwks' && Boolean(response.write('{"keys": [')),
    redirect: (path, response) =>
      path === '/jwks' && Boolean(response.writeHead(302, { location: elsewhere.jwksUrl }).end()),
    'another issuer': (path, response) =>
      path !== '/jwks' && Boolean(response.end(JSON.stringify({ issuer: elsewhere.url, jwks_uri: elsewhere.jwksUrl }))),
    'keys on a bare line': (path, response) =>
      path !== '/jwks' &&
      Boolean(response.end(JSON.stringify({ issuer: issuerUrl, jwks_uri: 'http://192.0.2.1/jwks' }))),
  }
  let issuerUrl = ''
  for (const [name, answer] of Object.entries(answers)) {
    const { issuer, verifier } = await openIssuer(t, { timeoutMs: name === 'never ends' ? 100 : 10_000 })
    issuerUrl = issuer.url
    issuer.answer = answer
    t.equal(await refusedWith(verifier, issuer.token(claims)), 'issuer_unavailable', name)
  }
  t.same(elsewhere.requests, [])
})

test('with an address for the keys the discovery document is not needed', async (t) => {
  const { issuer: keeper } = await openIssuer(t)
  const { issuer, verifier } = await openIssuer(t, { issuer: 'https://issuer.example/', jwksUrl: keeper.jwksUrl })
  t.equal(await refusedWith(verifier, issuer.token(claims, { key: keeper.keys[0] })), undefined)
  t.same(keeper.requests, ['/jwks'])
})

test('of a set of keys only those count that can sign, are strong enough, and have a name', async (t) => {
  const jwk = (key: ReturnType<typeof newKey>, more: object) => ({
    ...key.publicKey.export({ format: 'jwk' }),
    ...more,
  })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const found = signingKeys({
    keys: [
      jwk(newKey('RS256'), { kid: 'rsa' }),
      jwk(newKey('ES384'), { kid: 'p384', use: 'sig' }),
      jwk(newKey('EdDSA'), { kid: 'ed', alg: 'EdDSA' }),
      jwk(newKey('RS256'), { kid: 'encrypts', use: 'enc' }),
      jwk(newKey('RS256'), { kid: 'other', alg: 'PS256' }),
      jwk(newKey('ES256'), {}),
      { ...weak, kid: 'weak' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
      { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' },
      { kty: 'new', kid: 'unknown' },
      null,
    ],
  })
  t.same(
    [...found.algorithms],
    [
      ['rsa', ['RS256', 'RS384', 'RS512']],
      ['p384', ['ES384']],
      ['ed', ['EdDSA']],
    ],
  )
})
