import { isGroup } from '../../documents/attributes.ts'
import { isTenant } from '../../documents/identity.ts'
import { KassError } from '../../errors.ts'
import { type Scope, scopes } from '../../ports/access-store.ts'
import type { TokenIdentity } from '../../ports/token-verifier.ts'

/** Which claims say what; '' where none does. */
export interface ClaimNames {
  subject: string
  tenant: string
  defaultTenant: string
  groups: string
  /** Only groups that begin with it count; it is taken off. */
  groupsPrefix: string
  scopes: string
  scopesPrefix: string
  /** Scopes for what else stands in that claim. */
  scopesMap: ReadonlyMap<string, readonly Scope[]>
  defaultScopes: readonly Scope[]
}

type Claims = Readonly<Record<string, unknown>>

/** Groups that a caller may hold; each search carries them. */
const maxGroups = 256
/** OpenID Connect Core 1.0, section 2. */
const maxSubject = 255
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const controlCharacters = /[\u0000-\u001f\u007f]/

function missing(place: string, detail: string): never {
  throw new KassError('token_claim_missing', { detail, place })
}

function invalid(place: string, why: string): never {
  throw new KassError('token_claim_invalid', { detail: `The claim "${place}" ${why}.`, place })
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

/** A claim by its name, or by the way to it: `realm_access.roles`. A name may have dots of its own, so it comes first. */
function claim(claims: Claims, name: string): unknown {
  return own(claims, name) ?? name.split('.').reduce<unknown>(own, claims)
}

function subjectOf(claims: Claims, { subject: name }: ClaimNames): string {
  const subject = claim(claims, name)
  if (subject === undefined) missing(name, `The token has no claim "${name}" for the subject.`)
  if (typeof subject !== 'string' || subject === '' || subject.length > maxSubject)
    invalid(name, `must be a text of 1 to ${maxSubject} characters`)
  if (!subject.isWellFormed() || controlCharacters.test(subject))
    invalid(name, 'has characters that a subject may not have')
  return subject
}

function tenantOf(claims: Claims, { tenant: name, defaultTenant }: ClaimNames): string {
  const tenant = name === '' ? undefined : claim(claims, name)
  if (tenant === undefined) {
    // Only what is absent gets the default; what is wrong never does.
    return defaultTenant === '' ? missing(name, `The token has no claim "${name}" for the tenant.`) : defaultTenant
  }
  if (typeof tenant !== 'string' || !isTenant(tenant)) invalid(name, 'is no tenant: 1 to 63 of a-z, 0-9 and "-"')
  return tenant
}

function groupsOf(claims: Claims, { groups: name, groupsPrefix }: ClaimNames): string[] {
  if (name === '') return []
  const given = claim(claims, name)
  if (given === undefined) {
    // Groups that stand elsewhere because they are too many (OpenID Connect Core 1.0, section 5.6.2).
    if (own(own(claims, '_claim_names'), name) !== undefined)
      missing(name, 'The groups are not in the token itself: have the issuer put in fewer of them.')
    return []
  }
  const listed: unknown[] = Array.isArray(given) ? given : [given]
  const groups = new Set<string>()
  for (const entry of listed) {
    if (typeof entry !== 'string') invalid(name, 'must be a list of texts')
    if (!entry.startsWith(groupsPrefix)) continue
    const group = entry.slice(groupsPrefix.length)
    if (!isGroup(group)) invalid(name, 'has a group whose name is none that a document may have')
    groups.add(group)
  }
  if (groups.size > maxGroups) invalid(name, `has more than ${maxGroups} groups; OIDC_GROUPS_PREFIX leaves some out`)
  return [...groups]
}

function scopesOf(claims: Claims, names: ClaimNames): Scope[] {
  const { scopes: name, scopesPrefix, scopesMap, defaultScopes } = names
  const given = (name === '' ? undefined : claim(claims, name)) ?? []
  const listed: unknown = typeof given === 'string' ? given.split(' ') : given
  if (!Array.isArray(listed)) invalid(name, 'must be a list of texts, or a text with spaces between them')
  const held = new Set<Scope>(defaultScopes)
  for (const entry of listed) {
    if (typeof entry !== 'string') invalid(name, 'must be a list of texts')
    for (const scope of scopesMap.get(entry) ?? []) held.add(scope)
    for (const scope of scopes) if (entry === scopesPrefix + scope) held.add(scope)
  }
  return scopes.filter((scope) => held.has(scope))
}

/**
 * Who verified claims speak for.
 * @throws KassError token_claim_missing, token_claim_invalid, with the claim as their place
 */
export function identityOf(claims: Claims, names: ClaimNames): TokenIdentity {
  return {
    tenant: tenantOf(claims, names),
    subject: subjectOf(claims, names),
    groups: groupsOf(claims, names),
    scopes: scopesOf(claims, names),
  }
}
