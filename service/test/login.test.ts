import { type Test, test } from 'tap'
import { startFakeIssuer } from '../../tools/fake-issuer.ts'
import { build } from './helper.ts'

/** The API with an issuer where people may log in. */
async function buildWithLogin(t: Test, env: Record<string, string> = {}) {
  const issuer = await startFakeIssuer()
  t.teardown(() => issuer.close())
  const oidc = { AUTH: 'oidc', OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'kass', OIDC_DEFAULT_TENANT: 'default' }
  const client = { OIDC_CLIENT_ID: 'swagger', OIDC_LOGIN_SCOPES: 'openid kass:chat' }
  let now = Date.now()
  const built = await build(t, { env: { ...oidc, ...client, ...env }, clock: () => now })
  const pass = (ms: number) => {
    now += ms
  }
  return { ...built, issuer, pass }
}

const policyOf = (response: { headers: Record<string, unknown> }) => String(response.headers['content-security-policy'])

test('with a client Swagger UI logs in at the issuer, by code and PKCE, and may reach its token endpoint only', async (t) => {
  const { app, issuer } = await buildWithLogin(t)
  const page = await app.inject('/docs')
  t.match(policyOf(page), `connect-src 'self' ${issuer.url}/token;`)
  t.equal(policyOf(page).split(issuer.url).length, 2, 'nothing else of the issuer is named')
  t.notMatch(policyOf(await app.inject('/health')), issuer.url)
  const script = (await app.inject('/docs/static/swagger-initializer.js')).body
  t.match(script, /"clientId":"swagger"/)
  t.match(script, /"usePkceWithAuthorizationCodeGrant":true/)
  const document = (await app.inject('/openapi.json')).json()
  t.same((await app.inject('/docs/json')).json(), document, 'Swagger UI reads it from there')
  const { components, security } = document
  t.match(components.securitySchemes, {
    apiKey: { type: 'apiKey', name: 'x-api-key' },
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    login: {
      type: 'oauth2',
      flows: {
        authorizationCode: {
          authorizationUrl: `${issuer.url}/authorize`,
          tokenUrl: `${issuer.url}/token`,
          scopes: { openid: '', 'kass:chat': '' },
        },
      },
    },
  })
  t.same(security, [{ login: ['openid', 'kass:chat'] }, { apiKey: [] }, { bearer: [] }])
})

test('the window that somebody logs in with finds its way back, and loads nothing from elsewhere', async (t) => {
  const { app } = await buildWithLogin(t)
  const opener = (url: string) => app.inject(url).then(({ headers }) => headers['cross-origin-opener-policy'])
  t.equal(await opener('/docs'), 'same-origin-allow-popups')
  t.equal(await opener('/docs/static/oauth2-redirect.html?code=x&state=y'), 'unsafe-none')
  t.equal(await opener('/health'), 'same-origin')
  const back = await app.inject('/docs/static/oauth2-redirect.html')
  t.equal(back.statusCode, 200)
  const [, script] = /<script src="([^"]+)">/.exec(back.body) ?? []
  t.equal((await app.inject(`/docs/static/${script}`)).statusCode, 200)
})

test('while the issuer is silent the documentation is there without the login, and with it afterwards', async (t) => {
  const { app, issuer, log, pass } = await buildWithLogin(t)
  issuer.answer = (_path, response) => Boolean(response.destroy())
  t.notMatch(policyOf(await app.inject('/docs')), issuer.url)
  t.same(Object.keys((await app.inject('/openapi.json')).json().components.securitySchemes), ['apiKey', 'bearer'])
  t.equal(log.filter(({ message }) => /nobody can log in/.test(String(message))).length, 1, 'it is logged once')
  issuer.answer = undefined
  pass(5_000)
  t.match((await app.inject('/openapi.json')).json().components.securitySchemes, { login: { type: 'oauth2' } })
  t.match(policyOf(await app.inject('/docs')), `${issuer.url}/token`)
})

test('an address of the issuer that would change the policy is not put into it', async (t) => {
  const { app, issuer } = await buildWithLogin(t)
  issuer.answer = (path, response) =>
    path !== '/jwks' &&
    Boolean(
      response.end(
        JSON.stringify({
          ...{ issuer: issuer.url, jwks_uri: issuer.jwksUrl, authorization_endpoint: `${issuer.url}/authorize` },
          token_endpoint: `${issuer.url}/token; script-src *`,
        }),
      ),
    )
  const policy = policyOf(await app.inject('/docs'))
  t.match(policy, /connect-src 'self' ?;/)
  t.match(policy, /script-src 'self';/)
  t.notMatch(policy, '*')
})

test('without a client nobody logs in, the issuer is not asked, and no other host is named', async (t) => {
  const { app, issuer } = await buildWithLogin(t, { OIDC_CLIENT_ID: '' })
  const page = await app.inject('/docs')
  t.notMatch(policyOf(page), /https?:/)
  t.equal(page.headers['cross-origin-opener-policy'], 'same-origin')
  const { components, security } = (await app.inject('/openapi.json')).json()
  t.same(Object.keys(components.securitySchemes), ['apiKey', 'bearer'])
  t.same(security, [{ apiKey: [] }, { bearer: [] }])
  t.same(issuer.requests, [])
})

test('the codes of refused tokens are described where tokens are taken, and nowhere else', async (t) => {
  const refusals = async (env: Record<string, string>) => {
    const { app } = await build(t, { env })
    return (await app.inject('/openapi.json')).json().paths['/search'].post.responses['401'].description
  }
  const oidc = { OIDC_ISSUER: 'https://issuer.example', OIDC_AUDIENCE: 'kass', OIDC_DEFAULT_TENANT: 'default' }
  t.match(await refusals({ AUTH: 'oidc', ...oidc }), /`token_expired`: .*`token_audience`/s)
  t.notMatch(await refusals({ AUTH: 'keys' }), /token_/)
})
