import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { Failure } from './failure.ts'

/**
 * Encrypts a short text (RSA-OAEP with SHA-256) so that it may pass through a log: only who has the private key reads it.
 * @param publicKey SPKI in DER, as base64
 * @throws Failure usage, when that is no RSA key of 2048 bits or more
 */
export function seal(text: string, publicKey: string): string {
  const key = readKey(publicKey)
  const options = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  return publicEncrypt(options, Buffer.from(text)).toString('base64')
}

function readKey(publicKey: string) {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return key
  } catch {
    // Whatever is wrong with it, it cannot be used.
  }
  throw new Failure('usage', '--seal-for takes an RSA key of 2048 bits or more: SPKI in DER, as base64.', {}, 2)
}
