import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'

/** How a test may have a token signed; the last two are what nobody should accept. */
export type Algorithm = 'RS256' | 'RS512' | 'ES256' | 'ES384' | 'EdDSA' | 'HS256' | 'none'

/** A key pair of the issuer. */
export interface FakeKey {
  kid: string
  algorithm: Algorithm
  publicKey: KeyObject
  privateKey: KeyObject
}

/** A new key pair. */
export function newKey(
  algorithm: 'RS256' | 'ES256' | 'ES384' | 'EdDSA' = 'ES256',
  kid: string = randomUUID(),
): FakeKey {
  if (algorithm === 'RS256') return { kid, algorithm, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
  if (algorithm === 'EdDSA') return { kid, algorithm, ...generateKeyPairSync('ed25519') }
  const namedCurve = algorithm === 'ES256' ? 'P-256' : 'P-384'
  return { kid, algorithm, ...generateKeyPairSync('ec', { namedCurve }) }
}

/** A key as the issuer shows it. */
export function publicJwk({ kid, algorithm, publicKey }: FakeKey): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }
}

const encoded = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url')

function signature(algorithm: string, key: FakeKey, input: string): string {
  const bytes = Buffer.from(input)
  if (/^(none|undefined)$/i.test(algorithm)) return ''
  // The attack: the public key, which everybody has, as the secret.
  if (algorithm === 'HS256') {
    return createHmac('sha256', key.publicKey.export({ type: 'spki', format: 'pem' }))
      .update(bytes)
      .digest('base64url')
  }
  if (algorithm === 'EdDSA') return sign(null, bytes, key.privateKey).toString('base64url')
  const hash = `sha${algorithm.slice(2)}`
  return sign(hash, bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** A token (JWS, compact), signed as its header says. */
export function signed(header: { alg?: unknown; [name: string]: unknown }, payload: unknown, key: FakeKey): string {
  const input = `${encoded(header)}.${encoded(payload)}`
  return `${input}.${signature(String(header.alg), key, input)}`
}
