import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { parseAttributes } from '../../documents/attributes.ts'
import type { Attributes } from '../../documents/document.ts'
import { KassError } from '../../errors.ts'
import { currentTraceparent } from '../../telemetry/scope.ts'
import { parseTraceparent } from '../../telemetry/trace-context.ts'

/**
 * What KASS says of an object in its user metadata: `kass-attributes` and, where S3 has no checksum of the whole object,
 * `kass-sha256`. S3 allows 2 KB of ASCII for names and values together (user guide, "Working with object metadata").
 */
const attributesKey = 'kass-attributes'
const sha256Key = 'kass-sha256'
/** By which trace the object was uploaded: an event of the bucket carries none. Left out where there is no room. */
const traceparentKey = 'kass-traceparent'
const mostBytes = 2048 - attributesKey.length - sha256Key.length - 64
/** What the attributes may be at most, inflated; more can't be ours. */
const mostInflated = 64 * 1024

/**
 * Attributes as ASCII: JSON, deflated where that is shorter, in base64url.
 * @throws KassError invalid_metadata when they are more than an object can carry
 */
function encodeAttributes(attributes: Partial<Attributes>): string {
  const json = Buffer.from(JSON.stringify(attributes))
  const deflated = deflateRawSync(json)
  const text = deflated.length < json.length ? `z.${deflated.toString('base64url')}` : `j.${json.toString('base64url')}`
  if (text.length <= mostBytes) return text
  const detail = 'Title, groups, tags and metadata are together more than an object can carry (2 KB): say less of it.'
  throw new KassError('invalid_metadata', { detail, place: 'metadata' })
}

/** What cannot be read is not ours: then the object says nothing of itself, and what the record says goes on holding. */
function decodeAttributes(text: string): Partial<Attributes> | undefined {
  try {
    const bytes = Buffer.from(text.slice(2), 'base64url')
    const json = text.startsWith('z.') ? inflateRawSync(bytes, { maxOutputLength: mostInflated }) : bytes
    return parseAttributes(JSON.parse(json.toString()))
  } catch {
    return undefined
  }
}

/** User metadata of an object to be written. */
export function metadataOf(about: { attributes?: Partial<Attributes>; sha256?: string }): Record<string, string> {
  const said = {
    ...(about.attributes && { [attributesKey]: encodeAttributes(about.attributes) }),
    ...(about.sha256 !== undefined && { [sha256Key]: about.sha256 }),
  }
  const traceparent = currentTraceparent()
  if (traceparent === undefined) return said
  const all = { ...said, [traceparentKey]: traceparent }
  const bytes = Object.entries(all).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return bytes <= 2048 ? all : said
}

/** The trace by which an object was uploaded, where one is said. */
export function traceparentIn(metadata: Record<string, string> | undefined): string | undefined {
  const text = metadata?.[traceparentKey]
  return parseTraceparent(text) ? text : undefined
}

export function attributesIn(metadata: Record<string, string> | undefined): Partial<Attributes> | undefined {
  const text = metadata?.[attributesKey]
  return text === undefined ? undefined : decodeAttributes(text)
}

/** SHA-256 (hex) of an object: S3's own where it has one of the whole, else what was said at the upload, else ''. */
export function sha256In(answer: Pick<HeadObjectCommandOutput, 'ChecksumSHA256' | 'Metadata'>): string {
  const whole = Buffer.from(answer.ChecksumSHA256?.includes('-') ? '' : (answer.ChecksumSHA256 ?? ''), 'base64')
  if (whole.length === 32) return whole.toString('hex')
  const said = answer.Metadata?.[sha256Key] ?? ''
  return /^[0-9a-f]{64}$/.test(said) ? said : ''
}

/** S3 itself, and tools that know no better, say this where nobody has said anything. */
export function contentTypeIn(answer: Pick<HeadObjectCommandOutput, 'ContentType'>): string {
  const type = answer.ContentType ?? ''
  return type === 'binary/octet-stream' || type === 'application/octet-stream' ? '' : type
}
