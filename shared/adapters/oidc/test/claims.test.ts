import fc from 'fast-check'
import { test } from 'tap'
import { isGroup } from '../../../documents/attributes.ts'
import { isTenant } from '../../../documents/identity.ts'
import { isKassError } from '../../../errors.ts'
import { type ClaimNames, identityOf } from '../claims.ts'
import { claimNames } from './support.ts'

const base = { sub: 'ann', tenant: 'acme' }
const identity = (claims: object, names: Partial<ClaimNames> = {}) =>
  identityOf({ ...base, ...claims }, { ...claimNames, ...names })
const refused = (code: string, place: string) => ({ code, place })

test('the tenant is that of the claim; the default is for tokens without one, never for a wrong one', async (t) => {
  t.equal(identity({}).tenant, 'acme')
  t.equal(identity({ tenant: undefined }, { defaultTenant: 'main' }).tenant, 'main')
  t.equal(identity({ tenant: 'acme' }, { defaultTenant: 'main', tenant: '' }).tenant, 'main')
  t.throws(() => identity({ tenant: undefined }), refused('token_claim_missing', 'tenant'))
  for (const tenant of ['', 'Acme', 'a/b', 'a b', 'x'.repeat(64), ['acme'], { acme: true }, 7, null, true]) {
    const names = { defaultTenant: 'main' }
    t.throws(() => identity({ tenant }, names), refused('token_claim_invalid', 'tenant'), JSON.stringify(tenant))
  }
})

test('groups are taken to the letter; one that no document could have refuses the token', async (t) => {
  t.same(identity({ groups: ['hr', 'it', 'hr'] }).groups, ['hr', 'it'])
  t.same(identity({ groups: 'hr' }).groups, ['hr'])
  t.same(identity({}).groups, [])
  t.same(identity({ groups: [] }).groups, [])
  t.same(identity({ groups: ['hr'] }, { groups: '' }).groups, [])
  for (const group of ['*', '', ' hr', 'hr ', 'a\nb', 'x'.repeat(65), 'e\u0301', '\ud800', 7, null, ['hr'], {}]) {
    const groups = ['ok', group]
    t.throws(() => identity({ groups }), refused('token_claim_invalid', 'groups'), JSON.stringify(group))
  }
  const many = Array.from({ length: 257 }, (_, n) => `g${n}`)
  t.throws(() => identity({ groups: many }), refused('token_claim_invalid', 'groups'))
  t.equal(identity({ groups: many.slice(1) }).groups.length, 256)
})

test('with a prefix only those groups count that begin with it, whatever the others are', async (t) => {
  const groups = ['kass-hr', 'everyone', '*', 'kass-it', 'x'.repeat(500)]
  t.same(identity({ groups }, { groupsPrefix: 'kass-' }).groups, ['hr', 'it'])
  t.throws(() => identity({ groups: ['kass-*'] }, { groupsPrefix: 'kass-' }), { code: 'token_claim_invalid' })
})

test('groups that the issuer left out because they are too many are not taken for none', async (t) => {
  t.throws(() => identity({ _claim_names: { groups: 'src1' } }), refused('token_claim_missing', 'groups'))
})

test('scopes come by their names with the prefix, by the map, and by default; others allow nothing', async (t) => {
  t.same(identity({ scope: 'openid kass:chat kass:documents:read kass:nonsense admin chat' }).scopes, [
    'chat',
    'documents:read',
  ])
  t.same(identity({ scope: ['kass:search', 'kass:chat'] }).scopes, ['chat', 'search'])
  t.same(identity({ scope: 'kass/admin' }, { scopesPrefix: 'kass/' }).scopes, ['admin'])
  t.same(identity({}).scopes, [])
  const mapped = { scopes: 'roles', scopesMap: new Map([['Editors', ['search', 'documents:write'] as const]]) }
  t.same(identity({ roles: ['Editors', 'editors', 'toString'] }, mapped).scopes, ['search', 'documents:write'])
  t.same(identity({ scope: 'kass:chat' }, { defaultScopes: ['search'] }).scopes, ['chat', 'search'])
  for (const scope of [7, {}, ['kass:chat', 7]])
    t.throws(() => identity({ scope }), refused('token_claim_invalid', 'scope'))
})

test('a claim is found by its name, dots and all, or by the way to it, and never in what is inherited', async (t) => {
  const names = { groups: 'realm_access.roles', tenant: 'https://kass.example/tenant' }
  const claims = { 'https://kass.example/tenant': 'acme', realm_access: { roles: ['hr'] } }
  t.match(identity(claims, names), { tenant: 'acme', groups: ['hr'] })
  t.same(identity({ 'realm_access.roles': ['it'], ...claims }, names).groups, ['it'])
  for (const name of ['constructor', '__proto__', 'constructor.name', 'tenant.length', 'toString'])
    t.throws(() => identity({}, { tenant: name }), refused('token_claim_missing', name), name)
})

test('a subject is a text that may stand in keys and logs', async (t) => {
  t.equal(identity({ sub: 'auth0|5f7c8ec7c33c6c004bbafe82' }).subject, 'auth0|5f7c8ec7c33c6c004bbafe82')
  for (const sub of ['', 'a\nb', '\ud800', 'x'.repeat(256), 7, null, ['ann']])
    t.throws(() => identity({ sub }), { code: 'token_claim_invalid' }, JSON.stringify(sub))
})

test('whatever claims say, the outcome is a valid identity or a refusal', async (t) => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.string({ unit: 'binary' })),
    fc.string(),
    fc.constantFrom('acme', 'hr'),
  )
  const claims = fc.dictionary(fc.constantFrom('sub', 'tenant', 'groups', 'scope', '_claim_names', 'x'), anything)
  let taken = 0
  const property = fc.property(claims, (said) => {
    try {
      const { tenant, subject, groups } = identityOf(said, { ...claimNames, defaultTenant: 'main' })
      taken++
      return isTenant(tenant) && subject.length > 0 && groups.every(isGroup) && !groups.includes('*')
    } catch (error) {
      return isKassError(error) && error.status === 401
    }
  })
  fc.assert(property, { numRuns: 1000 })
  t.ok(taken > 10, `${taken} were taken`)
})
