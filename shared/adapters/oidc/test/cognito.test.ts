import { test } from 'tap'
import { openIssuer, refusedWith } from './support.ts'

const pool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123'
const access = {
  aud: undefined,
  token_use: 'access',
  client_id: 'kass',
  'cognito:groups': ['hr'],
  'custom:tenant': 'acme',
}
const claims = { tenant: 'custom:tenant', groups: 'cognito:groups', scopesPrefix: 'kass/' }

/** A user pool whose keys are served by this machine. */
async function openPool(t: Parameters<typeof openIssuer>[0], about: Parameters<typeof openIssuer>[1] = {}) {
  const { issuer: keeper } = await openIssuer(t)
  const opened = await openIssuer(t, { issuer: pool, jwksUrl: keeper.jwksUrl, claims, ...about })
  opened.issuer.keys = keeper.keys
  return opened
}

test('an access token of a Cognito user pool has its audience in the client id', async (t) => {
  const { issuer, verifier } = await openPool(t)
  t.same(await verifier.verify(issuer.token({ ...access, scope: 'openid kass/search' })), {
    tenant: 'acme',
    subject: 'ann',
    groups: ['hr'],
    scopes: ['search'],
  })
})

test('of a user pool too everything that is wrong has its code', async (t) => {
  const { issuer, verifier } = await openPool(t)
  const past = Math.floor(Date.now() / 1000) - 10
  for (const [more, code] of [
    [{ client_id: 'another' }, 'token_audience'],
    [{ client_id: undefined }, 'token_claim_missing'],
    [{ client_id: undefined, aud: 'kass' }, 'token_claim_missing'],
    [{ token_use: 'id', aud: 'kass' }, 'token_use'],
    [{ token_use: undefined }, 'token_claim_missing'],
    [{ iss: `${pool}4` }, 'token_issuer'],
    [{ exp: past }, 'token_expired'],
    [{ 'custom:tenant': undefined }, 'token_claim_missing'],
  ] as const) {
    t.equal(await refusedWith(verifier, issuer.token({ ...access, ...more })), code, JSON.stringify(more))
  }
})

test('ID tokens are taken when they are asked for, and then no others', async (t) => {
  const { issuer, verifier } = await openPool(t, { tokenUse: 'id' })
  const id = { ...access, token_use: 'id', aud: 'kass', client_id: undefined }
  t.equal(await refusedWith(verifier, issuer.token(id)), undefined)
  t.equal(await refusedWith(verifier, issuer.token({ ...id, aud: 'another' })), 'token_audience')
  t.equal(await refusedWith(verifier, issuer.token(access)), 'token_use')
})
