import { createHash } from 'node:crypto'
import { KassError } from '../errors.ts'
import type { DocumentRef } from './document.ts'

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

function toBase32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let out = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      out += base32[(value >>> (bits - 5)) & 31]
      bits -= 5
    }
    value &= (1 << bits) - 1
  }
  return out
}

/** The id of a document: `doc_` and 24 base32 letters of SHA-256(tenant, 0, path). No look-up is needed. */
export function documentId({ tenant, path }: DocumentRef): string {
  const digest = createHash('sha256').update(`${tenant}\0${path}`).digest()
  return `doc_${toBase32(digest.subarray(0, 15))}`
}

const tenantPattern = /^[a-z0-9-]{1,63}$/

/** Whether a string may name a tenant. */
export function isTenant(tenant: string): boolean {
  return tenantPattern.test(tenant)
}

/** Bytes, in UTF-8, that a path may have: the object key of S3 has 1,024. */
export const maxPathBytes = 900

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const controlCharacters = /[\u0000-\u001f\u007f]/

/**
 * The canonical form of a document's path: NFC, `/` between the parts, nothing relative.
 * @throws KassError invalid_path
 */
export function canonicalPath(path: string): string {
  const refuse = (why: string): never => {
    throw new KassError('invalid_path', { detail: `The path ${why}.`, place: 'path' })
  }
  const canonical = path.normalize('NFC')
  if (canonical === '') refuse('is empty')
  if (!canonical.isWellFormed()) refuse('is not well-formed Unicode')
  if (Buffer.byteLength(canonical) > maxPathBytes) refuse(`is longer than ${maxPathBytes} bytes`)
  if (controlCharacters.test(canonical)) refuse('has control characters')
  if (canonical.includes('\\')) refuse('has a backslash; parts are separated by "/"')
  if (canonical.startsWith('/')) refuse('begins with "/"')
  if (canonical.startsWith('t/')) refuse('begins with "t/", which is reserved')
  for (const part of canonical.split('/')) {
    if (part.trim() === '' || part === '.' || part === '..') refuse('has an empty, blank or relative part')
  }
  return canonical
}

/** The object key of a document: the path itself for the tenant `default`, else `t/<tenant>/<path>`. */
export function objectKey({ tenant, path }: DocumentRef): string {
  return tenant === 'default' ? path : `t/${tenant}/${path}`
}

/**
 * The document that an object key names; undefined when no document has that key. Only a canonical path does: the key of
 * a document must lead back to the very object that the key was read from.
 */
export function parseObjectKey(key: string): DocumentRef | undefined {
  const ref = refOfKey(key)
  return ref && objectKey(ref) === key ? ref : undefined
}

function refOfKey(key: string): DocumentRef | undefined {
  try {
    if (!key.startsWith('t/')) return { tenant: 'default', path: canonicalPath(key) }
    const slash = key.indexOf('/', 2)
    const tenant = key.slice(2, slash)
    if (slash < 0 || tenant === 'default' || !isTenant(tenant)) return undefined
    return { tenant, path: canonicalPath(key.slice(slash + 1)) }
  } catch {
    return undefined
  }
}
