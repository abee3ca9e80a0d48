import { type Test, test } from 'tap'
import type { NewMessage } from '../../shared/ports/conversation-store.ts'
import { type FakeIssuer, startFakeIssuer } from '../../tools/fake-issuer.ts'
import { type BuildOptions, build, putReady } from './helper.ts'

/** The API with an issuer whose tokens it takes. */
async function buildWithIssuer(t: Test, { env, ...options }: BuildOptions = {}) {
  const issuer = await startFakeIssuer()
  t.teardown(() => issuer.close())
  const built = await build(t, { env: { ...settings(issuer), ...env }, ...options })
  const get = (url: string, token: string) => built.app.inject({ url, headers: { authorization: `Bearer ${token}` } })
  return { ...built, issuer, get }
}

const settings = (issuer: FakeIssuer) => ({
  AUTH: 'oidc',
  OIDC_ISSUER: issuer.url,
  OIDC_AUDIENCE: 'kass',
  OIDC_TENANT_CLAIM: 'tenant',
  OIDC_CLOCK_TOLERANCE_MS: '0',
})
const claims = { tenant: 'acme', sub: 'ann', groups: ['hr'], scope: 'kass:chat kass:search kass:documents:read' }

test('a valid token sees exactly its tenant and its groups', async (t) => {
  const { issuer, get, ports } = await buildWithIssuer(t)
  await putReady(ports, { tenant: 'acme', path: 'for-all.txt' }, 'words for all')
  await putReady(ports, { tenant: 'acme', path: 'hr.txt' }, 'words for hr', { groups: ['hr'] })
  await putReady(ports, { tenant: 'acme', path: 'it.txt' }, 'words for it', { groups: ['it'] })
  await putReady(ports, { tenant: 'other', path: 'other.txt' }, 'words of others', { groups: ['hr'] })
  const paths = async (more: object) => {
    const response = await get('/documents', issuer.token({ ...claims, ...more }))
    return response.json().items.map(({ path }: { path: string }) => path)
  }
  t.same(await paths({}), ['for-all.txt', 'hr.txt'])
  t.same(await paths({ groups: ['it'] }), ['for-all.txt', 'it.txt'])
  t.same(await paths({ groups: undefined }), ['for-all.txt'])
  t.same(await paths({ tenant: 'other', groups: ['hr', 'it'] }), ['other.txt'])
  t.same(await paths({ tenant: 'nobody' }), [])
})

test('a refused token is answered with its code, the claim at fault, and the words of RFC 6750', async (t) => {
  const { issuer, get } = await buildWithIssuer(t)
  const past = Math.floor(Date.now() / 1000) - 1
  for (const [token, code, field] of [
    [issuer.token({ ...claims, exp: past }), 'token_expired', 'exp'],
    [issuer.token({ ...claims, aud: 'another' }), 'token_audience', 'aud'],
    [issuer.token({ ...claims, tenant: 'No Tenant' }), 'token_claim_invalid', 'tenant'],
    [issuer.token({ ...claims, groups: ['*'] }), 'token_claim_invalid', 'groups'],
    [issuer.token(claims, { header: { alg: 'HS256' } }), 'token_algorithm', undefined],
    ['nonsense', 'token_malformed', undefined],
  ] as const) {
    const response = await get('/documents', token)
    t.equal(response.statusCode, 401)
    t.equal(response.json().code, code)
    t.equal(response.json().field, field)
    t.match(
      response.headers['www-authenticate'],
      /^Bearer realm="kass", error="invalid_token", error_description="[^"]+"$/,
    )
  }
})

test('a token without the scope of a route is refused with the name of that scope', async (t) => {
  const { issuer, get } = await buildWithIssuer(t)
  const response = await get('/documents', issuer.token({ ...claims, scope: 'openid kass:search admin' }))
  t.equal(response.statusCode, 403)
  t.match(response.json(), { code: 'forbidden', detail: /documents:read/ })
})

test('keys are taken beside tokens, from both headers, and a token from one only', async (t) => {
  const { app, issuer, key, get } = await buildWithIssuer(t)
  const text = await key({ tenant: 'acme' })
  t.equal((await get('/documents', text)).statusCode, 200)
  t.equal((await app.inject({ url: '/documents', headers: { 'x-api-key': text } })).statusCode, 200)
  const token = issuer.token(claims)
  t.equal((await app.inject({ url: '/documents', headers: { 'x-api-key': token } })).json().code, 'unauthorized')
  t.match((await app.inject('/documents')).json(), { code: 'unauthorized', detail: /a token as Authorization: Bearer/ })
  t.equal((await get('/documents', `kass_${'a'.repeat(16)}_${'A'.repeat(43)}`)).json().code, 'unauthorized')
})

test('with AUTH=keys a token is no key', async (t) => {
  const issuer = await startFakeIssuer()
  t.teardown(() => issuer.close())
  const { app } = await build(t, { env: { AUTH: 'keys' } })
  const headers = { authorization: `Bearer ${issuer.token(claims)}` }
  t.match((await app.inject({ url: '/documents', headers })).json(), { code: 'unauthorized' })
  t.same(issuer.requests, [])
})

test('a key and a token of one subject have the same conversations; another subject or tenant has others', async (t) => {
  const { app, issuer, key, get, ports } = await buildWithIssuer(t)
  const message: NewMessage = { id: 'm1', role: 'user', content: 'x', createdAt: 1, sources: [], citations: [] }
  await ports.conversations.append({ tenant: 'acme', subject: 'ann' }, 'c1', message)
  const status = async (more: object) =>
    (await get('/conversations/c1', issuer.token({ ...claims, ...more }))).statusCode
  t.equal(await status({}), 200)
  t.equal(await status({ tenant: 'other' }), 404)
  t.equal(await status({ sub: 'bob' }), 404)
  const headers = { 'x-api-key': await key({ tenant: 'acme', subject: 'ann' }) }
  t.equal((await app.inject({ url: '/conversations/c1', headers })).statusCode, 200)
})

test('while the issuer is silent tokens are answered with 503 and keys with 200; nobody is counted as refused', async (t) => {
  const { app, issuer, key, get } = await buildWithIssuer(t)
  issuer.answer = (_path, response) => Boolean(response.destroy())
  for (let count = 0; count < 70; count++) {
    const response = await get('/documents', issuer.token(claims))
    if (response.statusCode !== 503 || count > 0) continue
    t.match(response.json(), { code: 'issuer_unavailable', retry_after: Number })
    t.match(response.headers['retry-after'], /^[1-9]\d*$/)
  }
  t.equal((await get('/documents', issuer.token(claims))).statusCode, 503)
  t.equal((await get('/documents', await key())).statusCode, 200)
  const { code } = (await get('/ready', issuer.token(claims))).json()
  t.not(code, 'issuer_unavailable', 'where nobody has to say who he is')
  t.equal((await app.inject('/health')).statusCode, 200)
})

test('who holds a good token is let in after many refused ones from the same address', async (t) => {
  const { issuer, get } = await buildWithIssuer(t)
  const codes = new Set<string>()
  for (let count = 0; count < 70; count++) codes.add((await get('/documents', 'nonsense')).json().code)
  t.same([...codes], ['token_malformed', 'rate_limited'])
  t.equal((await get('/documents', issuer.token(claims))).statusCode, 200)
})

test('each subject of a tenant has a rate of its own, whatever token it sends', async (t) => {
  const { issuer, get } = await buildWithIssuer(t, { env: { RATE_PER_MINUTE: '2' } })
  const status = async (more: object) => (await get('/documents', issuer.token({ ...claims, ...more }))).statusCode
  t.same([await status({}), await status({ jti: '2' }), await status({ jti: '3' })], [200, 200, 429])
  t.equal(await status({ sub: 'bob' }), 200)
  t.equal(await status({ tenant: 'other' }), 200)
})

test('no token stands in the log', async (t) => {
  const { issuer, get, log } = await buildWithIssuer(t)
  const tokens = [
    issuer.token(claims),
    issuer.token({ ...claims, aud: 'another' }),
    issuer.token({ ...claims, tenant: '/' }),
  ]
  for (const token of tokens) await get('/documents', token)
  const written = JSON.stringify(log)
  t.match(written, '"subject":"ann"')
  for (const token of tokens) for (const part of token.split('.').slice(1)) t.notOk(written.includes(part))
})
